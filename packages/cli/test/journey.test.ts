import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { NODE_FLAGS } from '../../../test/support/node-flags.ts';
import { BIN, collect } from './support/run-cli.ts';

// The real platform in a real process, and commands beside it that are signed in by the folder they run in.
let folder: string;
let dev: ChildProcessWithoutNullStreams;
let ended: ReturnType<typeof collect>;

const environment = (more: Record<string, string> = {}) => ({
  PATH: process.env.PATH,
  HOME: folder,
  LANG: 'C.UTF-8',
  CLOUDTASK_CONFIG_DIR: join(folder, 'config'),
  ...more,
});
const start = (args: string[], cwd = folder) =>
  spawn(process.execPath, [...NODE_FLAGS, BIN, ...args], { cwd, env: environment() });
async function run(args: string[], { input = '', cwd }: { input?: string; cwd?: string } = {}) {
  const child = start(args, cwd ?? join(folder, 'deep', 'down'));
  const done = collect(child);
  child.stdin.end(input);
  return done;
}
const sessionFile = () => stat(join(folder, '.cloudtask', 'session.json'));

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cloudtask-journey-'));
  await mkdir(join(folder, 'deep', 'down'), { recursive: true });
  dev = start(['dev', '--port', '0']);
  ended = collect(dev);
  let said = '';
  dev.stderr.on('data', (text: string) => {
    said += text;
  });
  // The session is there with the API; jobs run once the worker has loaded its code.
  await eventually(() => said.includes('No handlers of yours'), { timeoutMs: 60_000, describe: () => said });
  await sessionFile();
}, 70_000);

afterAll(async () => {
  if (dev.exitCode === null) dev.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true, maxRetries: 5 });
});

test('the session of dev belongs to its owner alone', async () => {
  expect(((await sessionFile()).mode & 0o777).toString(8)).toBe('600');
});

test('a folder below dev is signed in, as an operator', async () => {
  expect(await run(['whoami'])).toMatchObject({ code: 0, stdout: 'dev@cloudtask.local\n' });
  expect(await run(['queues', 'list', '-o', 'id'])).toMatchObject({ code: 0, stdout: 'default\n' });
});

test('submit, watch and show a job', { timeout: 60_000 }, async () => {
  const submitted = await run(['submit', 'sleep', 'seconds:=1']);
  expect(submitted).toMatchObject({ code: 0, stderr: '' });
  const id = submitted.stdout.trim();
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  const watched = await run(['watch', '@last']);
  expect(watched).toMatchObject({ code: 0 });
  expect(watched.stdout).toMatch(/sleep completed \d/);
  const shown = await run(['jobs', 'show', id.slice(-8), '--json']);
  expect(JSON.parse(shown.stdout)).toMatchObject({ id, status: 'COMPLETED', attempt: 1, result: { slept: 1 } });
  expect((await run(['jobs', 'list'])).stdout).toContain(`${id}\tsleep\tCOMPLETED`);
});

test('a mail from a pipe, waited for', { timeout: 60_000 }, async () => {
  const payload = JSON.stringify({ to: 'ada@example.com', subject: 'Hi' });
  const sent = await run(['submit', 'email', '--payload', '-', '--wait', '--json'], { input: payload });
  expect(sent).toMatchObject({ code: 0 });
  const { result } = JSON.parse(sent.stdout) as { result: { file: string } };
  expect((await stat(result.file)).isFile()).toBe(true);
});

test('a running job is cancelled, and its fate is the exit code', { timeout: 60_000 }, async () => {
  const { stdout } = await run(['submit', 'sleep', 'seconds:=300']);
  await eventually(async () => (await run(['jobs', 'show', '@last', '--json'])).stdout.includes('"RUNNING"'), {
    timeoutMs: 20_000,
  });
  expect(await run(['cancel', '@last', '--reason', 'enough'])).toMatchObject({ code: 0, stdout });
  expect(await run(['watch', '@last', '--timeout', '30s'])).toMatchObject({ code: 3 });
});

test('an account of its own: register, login, logout', { timeout: 60_000 }, async () => {
  const { stdout } = await run(['whoami', '--json']);
  const { url } = JSON.parse(stdout) as { url: string };
  const account = ['--url', url, '--profile', 'mine', '--email', 'ada@example.com', '--password-stdin'];
  const input = 'correct horse battery staple';
  expect(await run(['register', ...account], { input })).toMatchObject({ code: 0 });
  expect(await run(['register', ...account], { input })).toMatchObject({ code: 6 });
  expect(await run(['login', ...account], { input: 'wrong' })).toMatchObject({ code: 4 });
  expect(await run(['login', ...account], { input })).toMatchObject({ code: 0 });
  expect(await run(['whoami', '--profile', 'mine'])).toMatchObject({ code: 0, stdout: 'ada@example.com\n' });
  expect(await run(['jobs', 'list', '--profile', 'mine'])).toMatchObject({ code: 0, stdout: '' });
  expect(await run(['logout', '--profile', 'mine'])).toMatchObject({ code: 0 });
  expect(await run(['whoami', '--profile', 'mine'])).toMatchObject({ code: 4 });
});

test('Ctrl-C ends dev cleanly, and its session with it', { timeout: 60_000 }, async () => {
  dev.kill('SIGINT');
  const { code, stdout, stderr } = await ended;
  expect({ code, stderr }).toMatchObject({ code: 0, stderr: expect.stringContaining('Stopped.') as string });
  expect(stdout).toMatch(/sleep completed/);
  expect(stdout).toMatch(/sleep cancelled/);
  await expect(sessionFile()).rejects.toThrow(/ENOENT/);
  expect(await run(['whoami'])).toMatchObject({ code: 4 });
});
