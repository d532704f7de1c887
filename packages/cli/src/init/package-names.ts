import type { Names } from './manifest.ts';
import type { SchemaLibrary } from './project-choices.ts';

/** What the new project gets beside packages of ours: the versions that this repository is tested with. */
export const TESTED_WITH = {
  '@types/express': '5.0.6',
  '@types/node': '24.19.2',
  '@types/react': '19.3.3',
  arktype: '2.2.9',
  express: '5.3.0',
  fastify: '5.12.8',
  react: '19.3.1',
  typescript: '7.0.2',
  valibot: '1.5.0',
  vitest: '5.1.1',
  zod: '4.6.7',
} as const;

/**
 * 300 MB, which not every run of the tests should install: whoever raises one makes a project of that template, builds and starts
 * it, and runs a job from its page.
 */
export const TRIED_WITH = { next: '16.4.6', 'react-dom': TESTED_WITH.react } as const;

const VERSIONS = { ...TESTED_WITH, ...TRIED_WITH };

/** Packages of ours, as they go with this command. */
export function ours(version: string, ...names: string[]): Names {
  return Object.fromEntries(names.map((name) => [`@cloudtask/${name}`, `^${version}`]));
}

export function tested(...names: (keyof typeof VERSIONS)[]): Names {
  return Object.fromEntries(names.map((name) => [name, `^${VERSIONS[name]}`]));
}

export function libraryOf(schema: SchemaLibrary): Names {
  return schema === 'none' ? {} : tested(schema);
}

export function forDevelopment(version: string): Names {
  return { ...ours(version, 'cli', 'testing'), ...tested('@types/node', 'typescript', 'vitest') };
}

/** As npm writes them back. */
export function inOrder(names: Names): Names {
  return Object.fromEntries(Object.entries(names).sort(([a], [b]) => (a < b ? -1 : 1)));
}
