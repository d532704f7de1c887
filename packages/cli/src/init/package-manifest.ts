import type { ProjectChoices, SchemaLibrary } from './project-choices.ts';

/** What the new project gets beside packages of ours: the versions that this repository is tested with. */
export const TESTED_WITH = {
  '@types/node': '24.19.2',
  arktype: '2.2.9',
  fastify: '5.12.8',
  typescript: '7.0.2',
  valibot: '1.5.0',
  vitest: '5.1.1',
  zod: '4.6.7',
} as const;

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

export function manifestOf(choices: ProjectChoices): Manifest {
  return choices.template === 'plugin' ? pluginManifest(choices) : programManifest(choices);
}

function programManifest({ name, template, schema, version }: ProjectChoices): Manifest {
  const hasApi = template === 'fastify';
  return {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=22.19' },
    scripts: {
      dev: 'cloudtask dev',
      ...(hasApi && { api: 'node src/server.ts' }),
      test: 'vitest run',
      check: 'tsc',
      start: 'cloudtask-server all --settings-file production.env',
      worker: 'cloudtask-worker --settings-file production.env',
    },
    dependencies: inOrder({
      ...ours(version, 'sdk', 'server', 'worker'),
      ...(hasApi && tested('fastify')),
      ...libraryOf(schema),
    }),
    devDependencies: forDevelopment(version),
  };
}

function pluginManifest({ name, schema, version }: ProjectChoices): Manifest {
  return {
    name,
    version: '0.1.0',
    type: 'module',
    keywords: ['cloudtask-plugin'],
    engines: { node: '>=22.19' },
    exports: {
      '.': { types: './dist/index.d.ts', default: './dist/index.js' },
      './jobs': { types: './dist/jobs/hello.d.ts', default: './dist/jobs/hello.js' },
    },
    files: ['dist'],
    cloudtask: { apiVersion: 1, plugin: './dist/index.js', types: ['hello'] },
    scripts: {
      dev: 'cloudtask dev',
      test: 'vitest run',
      check: 'tsc',
      build: 'tsc -p tsconfig.build.json',
      prepack: 'tsc -p tsconfig.build.json',
    },
    dependencies: libraryOf(schema),
    // The SDK is that of the project which uses the plugin.
    peerDependencies: ours(version, 'sdk'),
    devDependencies: inOrder({ ...ours(version, 'sdk'), ...forDevelopment(version) }),
  };
}

function forDevelopment(version: string): Names {
  return { ...ours(version, 'cli', 'testing'), ...tested('@types/node', 'typescript', 'vitest') };
}

function libraryOf(schema: SchemaLibrary): Names {
  return schema === 'none' ? {} : tested(schema);
}

function ours(version: string, ...names: string[]): Names {
  return Object.fromEntries(names.map((name) => [`@cloudtask/${name}`, `^${version}`]));
}

function tested(...names: (keyof typeof TESTED_WITH)[]): Names {
  return Object.fromEntries(names.map((name) => [name, `^${TESTED_WITH[name]}`]));
}

// As npm writes them back.
function inOrder(names: Names): Names {
  return Object.fromEntries(Object.entries(names).sort(([a], [b]) => (a < b ? -1 : 1)));
}
