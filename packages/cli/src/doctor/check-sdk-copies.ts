import { readdir, readFile, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Finding, finding } from './finding.ts';

const SDK = '@cloudtask/sdk';

/** Two copies of different versions in one program may not understand each other's definitions. */
export async function checkSdkCopies(cwd: string): Promise<Finding> {
  const versions = await versionsIn(await copiesAbove(cwd));
  if (versions.length === 0) return finding('sdk-copies', 'ok', `${SDK} is not installed in this folder`);
  if (versions.length === 1) return finding('sdk-copies', 'ok', `one copy of ${SDK} (${versions[0]})`);
  const numbers = versions.join(', ');
  return finding('sdk-copies', 'warn', `${versions.length} copies of ${SDK} (${numbers})`, `npm ls ${SDK}`);
}

/** Where the packages of this folder's programs could find one: at the top, and within other packages. */
async function copiesAbove(from: string): Promise<Set<string>> {
  const copies = new Set<string>();
  for (let folder = from; ; folder = dirname(folder)) {
    await addCopies(join(folder, 'node_modules'), copies);
    if (folder === dirname(folder)) return copies;
  }
}

async function addCopies(modules: string, copies: Set<string>): Promise<void> {
  const own = await realpath(join(modules, SDK)).catch(() => undefined);
  if (own !== undefined) copies.add(own);
  for (const name of await namesIn(modules)) {
    const inner = await realpath(join(modules, name, 'node_modules', SDK)).catch(() => undefined);
    if (inner !== undefined) copies.add(inner);
  }
}

async function namesIn(modules: string): Promise<string[]> {
  const names = await readdir(modules).catch(() => []);
  const scopes = names.filter((name) => name.startsWith('@'));
  const scoped = await Promise.all(
    scopes.map(async (scope) => (await readdir(join(modules, scope)).catch(() => [])).map((name) => join(scope, name))),
  );
  return [...names.filter((name) => !name.startsWith('@') && !name.startsWith('.')), ...scoped.flat()];
}

async function versionsIn(copies: Set<string>): Promise<string[]> {
  const found = await Promise.all(
    [...copies].map(async (folder) => {
      const { version } = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8')) as { version?: string };
      return version ?? 'unknown';
    }),
  );
  return found.sort();
}
