import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

export const root = path.resolve(import.meta.dirname, '../..');

/** What of a package.json matters for publishing. */
export interface Manifest {
  name: string;
  version: string;
  private?: boolean;
  dependencies?: Record<string, string>;
  [field: string]: unknown;
}

export interface PublishedPackage {
  /** `sdk` */
  name: string;
  folder: string;
  manifest: Manifest;
}

/** All that goes to the registry, each after those that it depends on: half a release is then still one that installs. */
export function publishedPackages(repository = root): PublishedPackage[] {
  const waiting = globSync('packages/*/package.json', { cwd: repository })
    .sort()
    .map((file) => readPackage(path.join(repository, path.dirname(file))))
    .filter(({ manifest }) => manifest.private !== true);
  const ordered: PublishedPackage[] = [];
  while (waiting.length > 0) {
    const unmet = new Set(waiting.map(({ manifest }) => manifest.name));
    const at = waiting.findIndex(({ manifest }) => !Object.keys(manifest.dependencies ?? {}).some((d) => unmet.has(d)));
    if (at < 0) throw new Error(`these packages depend on each other in a circle: ${[...unmet].join(', ')}`);
    ordered.push(...waiting.splice(at, 1));
  }
  return ordered;
}

/** Where `packAll` puts the tarball of a package. */
export function tarballOf({ manifest: { name, version } }: PublishedPackage, folder: string): string {
  return path.join(folder, `${name.replace('@', '').replace('/', '-')}-${version}.tgz`);
}

function readPackage(folder: string): PublishedPackage {
  const manifest = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as Manifest;
  return { name: path.basename(folder), folder, manifest };
}
