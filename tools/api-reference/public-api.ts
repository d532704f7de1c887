import { fileURLToPath } from 'node:url';
import { Application, type DeclarationReflection, ReflectionKind } from 'typedoc';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The packages that have a reference, and the doors through which users come in. */
export const publicPackages = [
  { name: 'sdk', doors: { '.': 'index.ts' } },
  { name: 'worker', doors: { '.': 'index.ts' } },
  { name: 'testing', doors: { '.': 'index.ts', './vitest': 'vitest.ts' } },
  { name: 'server', doors: { './embedded': 'embedded.ts' } },
] as const;

export type PublicSymbol = DeclarationReflection;

/** What one door of a package gives. */
export interface PublicEntry {
  /** Of the package, without its scope. */
  name: string;
  /** As users write it: `@cloudtask/testing/vitest`. */
  specifier: string;
  symbols: PublicSymbol[];
}

/** Everything that users can import, as typedoc reads it. */
export async function readPublicApi(): Promise<PublicEntry[]> {
  const doors = publicPackages.flatMap(({ name, doors: files }) =>
    Object.entries(files).map(([door, file]) => ({
      name,
      specifier: `@cloudtask/${name}${door.slice(1)}`,
      file: `packages/${name}/src/${file}`,
    })),
  );
  const modules = await readModules(doors.map(({ file }) => file));
  return doors.map(({ name, specifier, file }) => {
    // A module is called by its path below `packages`.
    const called = file.replace(/^packages\//, '').replace(/(\/index)?\.ts$/, '');
    const found = modules.find((each) => each.name === called);
    if (!found) throw new Error(`typedoc gave no module "${called}": it has ${modules.map((each) => each.name)}`);
    return { name, specifier, symbols: found.children ?? [] };
  });
}

async function readModules(files: readonly string[]): Promise<DeclarationReflection[]> {
  const app = await Application.bootstrap({
    tsconfig: `${root}tools/api-reference/tsconfig.json`,
    entryPoints: files.map((file) => root + file),
    // The compiler of the repository is another, and has its own step in `npm run check`.
    skipErrorChecking: true,
    excludeExternals: true,
    excludePrivate: true,
    excludeInternal: true,
    disableGit: true,
    disableSources: true,
    readme: 'none',
    sort: ['source-order'],
    logLevel: 'Error',
  });
  const project = await app.convert();
  if (!project) throw new Error('typedoc cannot read the packages: see what it says above');
  return project.getChildrenByKind(ReflectionKind.Module);
}
