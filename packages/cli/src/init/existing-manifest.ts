import type { Manifest, Names } from './manifest.ts';

/** What somebody's package.json has. */
export interface Existing {
  packages: ReadonlySet<string>;
  scripts: Names;
  isModule: boolean;
  hasWorkspaces: boolean;
}

export function readExisting(text: string): Existing {
  const { dependencies, devDependencies, scripts = {}, type, workspaces } = parse(text);
  return {
    packages: new Set(Object.keys({ ...dependencies, ...devDependencies })),
    scripts,
    isModule: type === 'module',
    hasWorkspaces: workspaces !== undefined,
  };
}

// Somebody else's file: one that cannot be read has nothing.
function parse(text: string): Partial<Manifest> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Partial<Manifest>) : {};
  } catch {
    return {};
  }
}
