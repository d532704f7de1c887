import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { typeCheck } from '../../packages/sdk/test/support/type-check.ts';
import { entriesOf } from './support/entries.ts';

const { names, project } = inject('installed');
const modules = path.join(project, 'node_modules');
const declarations = path.join(modules, '@cloudtask/sdk');

const COMPILERS = ['typescript', 'typescript-5.9', 'typescript-5.4'];
const RESOLUTIONS = [
  { module: 'NodeNext', moduleResolution: 'NodeNext' },
  { module: 'ESNext', moduleResolution: 'Bundler' },
];

/** The contracts, handlers and calls that the tests of the SDK compile against its sources. */
const surface = ['same', 'zod', 'arktype', 'valibot', 'plain'].map((name) => [`${name}.ts`, undefined]);

describe.each(COMPILERS)('%s', (compiler) => {
  it.each(RESOLUTIONS)('knows the types of the installed SDK by $moduleResolution', async (options) => {
    const files = Object.fromEntries(surface);
    const packages = ['zod', 'arktype', 'valibot'];
    expect(await typeCheck({ compiler, declarations, files, packages, modules, options })).toBe('');
  });

  it('finds no mistake in any declaration of the SDK itself', async () => {
    expect(await mistakesIn(['sdk'], compiler)).toBe('');
  });
});

// What else is installed is for programs that run the platform, and may ask for a compiler of today.
it('there is no mistake in the declarations of any package', async () => {
  expect(await mistakesIn(names, 'typescript')).toBe('');
});

it('the code in the READMEs of the packages compiles as it stands', async () => {
  const files: Record<string, string> = {};
  // That of `testing` is a part of an example, which is run.
  for (const name of names.filter((each) => each !== 'testing')) {
    const readme = readFileSync(path.join(modules, '@cloudtask', name, 'README.md'), 'utf8');
    for (const [, code = ''] of readme.matchAll(/^```ts\n(.*?)^```$/gms)) files[`${name}.ts`] = code;
  }
  expect(Object.keys(files)).toEqual(['sdk.ts', 'worker.ts', 'server.ts']);
  const packages = ['zod', '@cloudtask/server'];
  expect(await typeCheck({ compiler: 'typescript', declarations, files, packages, modules })).toBe('');
});

/** What a compiler says about every declaration, those of dependencies too. */
function mistakesIn(packages: readonly string[], compiler: string): Promise<string> {
  const entries = packages.flatMap((name) => entriesOf(project, name)).filter((entry) => !entry.endsWith('.json'));
  const exports = entries.map((entry, at) => `export * as entry${at} from '${entry}';\n`);
  return typeCheck({
    compiler,
    declarations,
    files: { 'all.ts': exports.join('') },
    packages: packages.filter((name) => name !== 'sdk').map((name) => `@cloudtask/${name}`),
    modules,
    options: { skipLibCheck: false },
  });
}
