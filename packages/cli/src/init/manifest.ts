/** By name: ranges of packages, or scripts. */
export type Names = Record<string, string>;

/** package.json as a value. */
export interface Manifest {
  name: string;
  version: string;
  scripts: Names;
  dependencies: Names;
  devDependencies: Names;
  [member: string]: unknown;
}
