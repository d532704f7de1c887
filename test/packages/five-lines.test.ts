import { cp, rm, symlink } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, inject, test } from 'vitest';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { type Guarded, spawnGuarded } from '../support/guarded-process.ts';
import { ownFolder } from '../support/own-folder.ts';
import { mustRun } from './support/run.ts';

// A contract, a handler of ten lines and a client of five in a folder that has nothing else but the packages: `cloudtask dev`
// finds the handler, takes the queue that it names, and signs the client in.
const { project } = inject('installed');
let home = '';
let mailer: Server;
let dev: Guarded;
let mails = 0;

beforeAll(async () => {
  home = await ownFolder('five-lines');
  await cp(path.join(import.meta.dirname, 'five-lines'), home, { recursive: true });
  await cp(path.join(project, 'package.json'), path.join(home, 'package.json'));
  await symlink(path.join(project, 'node_modules'), path.join(home, 'node_modules'));
  // The first mail is refused for a second: what a handler does about that is in its third line.
  mailer = createServer((_, response) => {
    mails += 1;
    if (mails === 1) response.writeHead(429, { 'retry-after': '1' }).end();
    else response.end(JSON.stringify({ id: `mail-${mails}` }));
  });
  await new Promise<void>((resolve) => mailer.listen(0, '127.0.0.1', resolve));
  const env = {
    MAIL_API: `http://127.0.0.1:${(mailer.address() as AddressInfo).port}`,
    CLOUDTASK_CONFIG_DIR: path.join(home, 'config'),
  };
  const command = path.join(home, 'node_modules/.bin/cloudtask');
  dev = spawnGuarded({ command, args: ['dev', '--port', String(await freePort())], env, cwd: home });
  await eventually(() => dev.output().includes('1 handler from handlers'), {
    timeoutMs: 60_000,
    describe: dev.output,
  });
});

afterAll(async () => {
  await dev?.end('SIGTERM');
  mailer?.close();
  await rm(home, { recursive: true, force: true, maxRetries: 3 });
});

test('a contract, a handler of ten lines and a client of five run as they are written', async () => {
  const printed = await mustRun(process.execPath, ['app.ts'], { cwd: home });
  const lines = printed.trim().split('\n');
  expect(lines.at(-1)).toMatch(/^\{ messageId: 'mail-\d' \}$/);
  expect(new Set(lines.slice(0, -1))).toEqual(new Set(['status', 'progress']));
  expect(mails).toBe(3);
});

test('they are typed from the schema to the result', async () => {
  const compiler = path.join(import.meta.dirname, '../../node_modules/typescript/bin/tsc');
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--allowImportingTsExtensions', '--types', 'node'];
  expect(await mustRun(process.execPath, [compiler, ...options, 'app.ts', 'handlers/email.ts'], { cwd: home })).toBe(
    '',
  );
});
