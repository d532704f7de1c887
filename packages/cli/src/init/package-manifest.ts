import type { Manifest } from './manifest.ts';
import { monorepoManifest } from './monorepo-manifests.ts';
import { forDevelopment, inOrder, libraryOf, ours, tested } from './package-names.ts';
import type { ProjectChoices, Template } from './project-choices.ts';

/** That of the project; packages below it have their own. */
export function manifestOf(choices: ProjectChoices): Manifest {
  if (choices.template === 'plugin') return pluginManifest(choices);
  return choices.template === 'monorepo' ? monorepoManifest(choices) : programManifest(choices);
}

function programManifest({ name, template, schema, version }: ProjectChoices): Manifest {
  const { scripts, dependencies, devDependencies } = { ...NOTHING, ...WEB[template] };
  return {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    engines: { node: '>=22.19' },
    scripts: {
      dev: 'cloudtask dev',
      ...scripts,
      test: 'vitest run',
      check: 'tsc',
      start: 'cloudtask-server all --settings-file production.env',
      worker: 'cloudtask-worker --settings-file production.env',
    },
    dependencies: inOrder({ ...ours(version, 'sdk', 'server', 'worker'), ...dependencies, ...libraryOf(schema) }),
    devDependencies: inOrder({ ...forDevelopment(version), ...devDependencies }),
  };
}

type Parts = Pick<Manifest, 'scripts' | 'dependencies' | 'devDependencies'>;

const NOTHING: Parts = { scripts: {}, dependencies: {}, devDependencies: {} };

/** What the web server of a template needs. */
const WEB: Partial<Record<Template, Partial<Parts>>> = {
  fastify: { scripts: { api: 'node src/server.ts' }, dependencies: tested('fastify') },
  express: {
    scripts: { api: 'node src/server.ts' },
    dependencies: tested('express'),
    devDependencies: tested('@types/express'),
  },
  nextjs: {
    scripts: { web: 'next dev', 'web:build': 'next build', 'web:start': 'next start' },
    dependencies: tested('next', 'react', 'react-dom'),
    devDependencies: tested('@types/react'),
  },
};

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
