import type { Manifest, Names } from './manifest.ts';
import { forDevelopment, inOrder, libraryOf, ours, tested } from './package-names.ts';
import type { PackageManager, ProjectChoices } from './project-choices.ts';

export const WORKSPACES = ['packages/*', 'apps/*'];

/** That of the root: it runs the platform, and its commands are those of all packages. */
export function monorepoManifest({ name, packageManager, version }: ProjectChoices): Manifest {
  return {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=22.19' },
    // pnpm has a file of its own for them.
    ...(packageManager !== 'pnpm' && { workspaces: WORKSPACES }),
    scripts: {
      dev: 'cloudtask dev',
      api: 'node apps/api/src/server.ts',
      test: 'vitest run',
      check: 'tsc',
      start: 'cloudtask-server all --settings-file production.env',
      worker: 'cloudtask-worker --settings-file production.env',
    },
    dependencies: ours(version, 'sdk', 'server', 'worker'),
    devDependencies: forDevelopment(version),
  };
}

/** package.json of each workspace, by its folder. */
export function workspaceManifests({
  name,
  schema,
  packageManager,
  version,
}: ProjectChoices): ReadonlyMap<string, object> {
  const scope = scopeOf(name);
  const sdk = ours(version, 'sdk');
  const jobs = { [`${scope}/jobs`]: LINKED[packageManager] };
  const contracts = privatePackage(`${scope}/jobs`, { ...sdk, ...libraryOf(schema) });
  return new Map<string, object>([
    ['packages/jobs', { ...contracts, exports: { './*': './src/*.ts' } }],
    ['apps/api', privatePackage(`${scope}/api`, { ...sdk, ...jobs, ...tested('fastify') })],
    ['apps/worker', privatePackage(`${scope}/worker`, { ...sdk, ...jobs })],
  ]);
}

/** What stands before the names of the workspaces. */
export function scopeOf(name: string): string {
  return name.startsWith('@') ? name.slice(0, name.indexOf('/')) : `@${name}`;
}

/** npm knows no range that means the workspace alone; it takes it where the name is that of one. */
const LINKED: Record<PackageManager, string> = { npm: '*', pnpm: 'workspace:*', bun: 'workspace:*' };

function privatePackage(name: string, dependencies: Names) {
  return { name, version: '0.1.0', private: true, type: 'module', dependencies: inOrder(dependencies) };
}
