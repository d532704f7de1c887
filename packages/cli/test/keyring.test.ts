import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { ownFolder } from '../../../test/support/own-folder.ts';
import { answer, aSession, playServer } from '../../sdk/test/support/play-server.ts';
import { startOneProcess } from './support/one-process.ts';
import { BIN, cliHome, collect } from './support/run-cli.ts';

const PASSWORD = 'correct horse battery';
const LOGIN = ['--email', 'ada@example.com', '--password-stdin'];

async function aServer() {
  const server = await playServer({
    'POST /auth/login': (_, response) => answer(response, 200, aSession('t')),
    'POST /auth/logout': (_, response) => answer(response, 204, null),
  });
  onTestFinished(server.close);
  return server;
}

/**
 * A keyring package that keeps texts in a file, and refuses when it is told to: what the real one does, in ten lines. And the
 * command in a process that finds it.
 */
async function withPackage() {
  const folder = await ownFolder('keyring');
  const ring = join(folder, 'ring.json');
  const lock = join(folder, 'locked');
  const home = join(folder, 'node_modules/@napi-rs/keyring');
  await mkdir(home, { recursive: true });
  await writeFile(
    join(home, 'index.js'),
    `const fs = require('node:fs');
const all = () => (fs.existsSync('${ring}') ? JSON.parse(fs.readFileSync('${ring}', 'utf8')) : {});
exports.Entry = class {
  constructor(service, account, { linux }) {
    if (fs.existsSync('${lock}')) throw new Error('it is locked');
    this.key = [service, account, linux.store].join('|');
  }
  getPassword() { return all()[this.key] ?? null; }
  setPassword(text) { fs.writeFileSync('${ring}', JSON.stringify({ ...all(), [this.key]: text })); }
  deletePassword() { const { [this.key]: _, ...rest } = all(); fs.writeFileSync('${ring}', JSON.stringify(rest)); return true; }
};`,
  );
  const cli = await startOneProcess({ env: { NODE_PATH: join(folder, 'node_modules') } });
  onTestFinished(cli.close);
  const server = await aServer();
  return {
    run: (...args: string[]) => cli.run(args),
    login: (...args: string[]) =>
      cli.run(['login', '--url', server.url, '-p', 'prod', ...LOGIN, ...args], { input: PASSWORD }),
    ring: async () => Object.keys(JSON.parse(await readFile(ring, 'utf8')) as object),
    hasFile: () => existsSync(join(cli.folder, 'config/credentials.json')),
    config: join(cli.folder, 'config'),
    lock: () => writeFile(lock, ''),
  };
}

test('without its package the keyring is refused before anything is sent, with the line that installs it', {
  timeout: 60_000,
}, async () => {
  const server = await aServer();
  const { run, config } = await cliHome();
  const ran = await run(['login', '--url', server.url, ...LOGIN, '--store', 'keyring'], { input: PASSWORD });
  expect(ran).toMatchObject({ code: 1, stdout: '' });
  expect(ran.stderr).toContain('Try:   npm install @napi-rs/keyring\n');
  expect(server.requests).toEqual([]);
  expect(existsSync(config)).toBe(false);
});

test('a session in the keyring is in no file, is found again, and is gone after a logout', {
  timeout: 60_000,
}, async () => {
  const { run, login, ring, hasFile, config } = await withPackage();
  expect(JSON.parse((await login('--store', 'keyring', '--json')).stdout)).toMatchObject({ store: 'keyring' });
  expect(hasFile()).toBe(false);
  // One that is empty after a restart of the machine is not asked for.
  expect(await ring()).toEqual([`cloudtask|prod in ${config}|secret-service`]);
  // The choice belongs to the profile: a later login says nothing about it.
  await login('-q');
  expect(hasFile()).toBe(false);
  const status = JSON.parse((await run('auth', 'status', '--json')).stdout) as object[];
  expect(status).toMatchObject([{ profile: 'prod', store: 'keyring', mode: null, user: 'ada@example.com' }]);
  expect((await run('whoami', '--offline')).stdout).toBe('ada@example.com\n');
  expect(await run('logout')).toMatchObject({ code: 0 });
  expect(await ring()).toEqual([]);
});

test('a session moves from one store to the other, and is in one of them', { timeout: 60_000 }, async () => {
  const { run, login, ring, hasFile } = await withPackage();
  await login();
  expect(await run('profile', 'add', 'prod', '--store', 'keyring')).toMatchObject({ code: 0 });
  expect([hasFile(), await ring()]).toEqual([false, [expect.any(String)]]);
  expect(await run('profile', 'add', 'prod', '--store', 'file')).toMatchObject({ code: 0 });
  expect([hasFile(), await ring()]).toEqual([true, []]);
});

test('a keyring that cannot be used ends every command that needs it, and a new login may leave it', {
  timeout: 60_000,
}, async () => {
  const { run, login, hasFile, lock } = await withPackage();
  await login('--store', 'keyring');
  await lock();
  for (const args of ['jobs list', 'whoami --offline', 'logout', 'auth status']) {
    const ran = await run(...args.split(' '));
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toContain('the keyring of this system cannot be used: it is locked');
  }
  expect(hasFile()).toBe(false);
  // Another server has nothing to do with it.
  expect((await run('whoami', '--offline', '--url', 'http://127.0.0.1:1')).code).toBe(4);
  const left = await login('--store', 'file');
  expect(left).toMatchObject({ code: 0 });
  expect(left.stderr).toContain('what was kept of prod before is still there');
  expect((await run('whoami', '--offline')).stdout).toBe('ada@example.com\n');
});

// The real one, where there is one: CLOUDTASK_TEST_KEYRING names a folder of packages with @napi-rs/keyring in it.
const modules = process.env['CLOUDTASK_TEST_KEYRING'];
const hasService = ['dbus-run-session', 'gnome-keyring-daemon'].every(
  (each) => spawnSync(each, ['--version']).status === 0,
);

describe.skipIf(modules === undefined || !hasService)('with a Secret Service', () => {
  test('a session is kept, read and removed', { timeout: 60_000 }, async () => {
    const server = await aServer();
    const { folder, config } = await cliHome();
    const script = `printf pw | gnome-keyring-daemon --unlock --components=secrets > /dev/null
printf '${PASSWORD}' | "$@" login --url ${server.url} -p prod ${LOGIN.join(' ')} --store keyring -q
"$@" whoami --offline; "$@" auth status -o tsv; "$@" logout -q; "$@" whoami --offline`;
    const command = [process.execPath, '--conditions=source', BIN];
    const child = spawn('dbus-run-session', ['--', 'sh', '-c', script, 'sh', ...command], {
      cwd: folder,
      env: { PATH: process.env.PATH, HOME: folder, CLOUDTASK_CONFIG_DIR: config, NODE_PATH: modules },
    });
    child.stdin.end();
    const { code, stdout, stderr } = await collect(child);
    expect(stdout, stderr).toMatch(/^ada@example\.com\nprod\t.*\tkeyring\tkeyring \(cloudtask, prod in .*\)\n$/);
    expect(code).toBe(4);
    expect(existsSync(join(config, 'credentials.json'))).toBe(false);
  });
});
