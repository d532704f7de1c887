import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { checkBoundaries } from '../scripts/check-boundaries.ts';

let root: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'cloudtask-boundaries-'));
  for (const name of ['sdk', 'core', 'worker', 'server', 'cli']) {
    const exports = { '.': { source: './src/index.ts' }, './*': { source: './src/*.ts' } };
    await write(`packages/${name}/package.json`, JSON.stringify({ name: `@cloudtask/${name}`, exports }));
  }
  await write('packages/server/src/embedded.ts', "import { startWorker } from '@cloudtask/worker/service';");
  await write('packages/cli/src/dev/load-platform.ts', "await import('@cloudtask/server/embedded');");
  await write('packages/core/src/config.ts', 'export const environment = process.env;');
  await write('packages/core/src/protocol/claim.ts', "export const text = 'select id from jobs';");
  await write('packages/core/src/broker/rabbitmq.ts', "import { connect } from 'amqplib';");
  await write('packages/sdk/src/index.ts', "export { Client } from './client.ts';");
});

afterEach(() => rm(root, { recursive: true, force: true }));

it('finds nothing where every rule is kept', () => {
  expect(checkBoundaries(root)).toEqual([]);
});

it.each([
  [
    'a package that imports against the arrows',
    'core/src/a.ts',
    "import { x } from '@cloudtask/server/embedded';",
    'core may not import server',
  ],
  ['even for a type', 'sdk/src/a.ts', "import type { X } from '@cloudtask/core/config';", 'sdk may not import core'],
  [
    'a re-export against the arrows',
    'core/src/a.ts',
    "export { x } from '@cloudtask/worker/a'; export const y = 1;",
    'core may not import worker',
  ],
  [
    'a second file of server that imports worker',
    'server/src/a.ts',
    "import '@cloudtask/worker/service';",
    'server may not import worker',
  ],
  [
    'a file that loads the server at start',
    'cli/src/dev/load-platform.ts',
    "import '@cloudtask/server/embedded';",
    'except by a dynamic import',
  ],
  [
    'another command that loads the server',
    'cli/src/commands/jobs.ts',
    "await import('@cloudtask/server/embedded');",
    'cli may not import server',
  ],
  ['a path into another package', 'core/src/a.ts', "import '../../sdk/src/client.ts';", 'leaves its package by a path'],
  ['a second importer of a driver', 'core/src/a.ts', "import 'amqplib';", 'amqplib has 2 importers'],
  ['a file that only re-exports', 'core/src/index.ts', "export { environment } from './config.ts';", 'only re-exports'],
  ['a package that uses its own front door', 'sdk/src/a.ts', "import { Client } from './index.ts';", 'own front door'],
  [
    'SQL in a route',
    'server/src/job-service/a.ts',
    'const q = `\n  select * from jobs where id = $1`;',
    ':1: sql is not allowed',
  ],
  [
    'a query builder in a route',
    'server/src/job-service/a.ts',
    "import { sql } from 'kysely';",
    ':1: sql is not allowed',
  ],
  ['process.env', 'core/src/a.ts', '\nconst { env } = process;', ':2: process.env is not allowed'],
  ['process.env by import', 'core/src/a.ts', "import { env } from 'node:process';", ':1: process.env is not allowed'],
  ['process.exit', 'worker/src/a.ts', 'process.exit(1);', ':1: process.exit is not allowed'],
  ['a long file', 'worker/src/a.ts', 'let x;\n'.repeat(401), '401 lines'],
])('sees %s', async (_what, file, text, problem) => {
  await write(`packages/${file}`, text);
  expect(checkBoundaries(root)).toEqual([expect.stringContaining(problem)]);
});

it('sees files that import each other in a ring, types included', async () => {
  await write('packages/core/src/a.ts', "import { b } from './b.ts';");
  await write('packages/core/src/b.ts', "import type { C } from './c.ts';");
  await write('packages/core/src/c.ts', "import { a } from './a.ts';");
  const ring = ['a', 'b', 'c', 'a'].map((name) => `packages/core/src/${name}.ts`).join(' -> ');
  expect(checkBoundaries(root)).toEqual([`import cycle: ${ring}`]);
});

async function write(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(root, file)), { recursive: true });
  await writeFile(join(root, file), text);
}
