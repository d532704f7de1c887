import { once } from 'node:events';
import { describe, expect, onTestFinished, test } from 'vitest';
import { aJob, answer, playServer } from '../../sdk/test/support/play-server.ts';
import { cliHome, collect } from './support/run-cli.ts';

// Nothing listens on port 1.
const NOWHERE = ['--url', 'http://127.0.0.1:1'];
const SECRET = 'hunter2-s3cr3t';

describe.concurrent('without a terminal and with stdin closed, every command ends by itself', () => {
  test.each([
    [['register'], 2],
    [['login', '--email', 'ada@example.com'], 2],
    [['logout'], 0],
    [['whoami'], 4],
    [['submit'], 2],
    [['submit', 'email', 'to=a'], 7],
    [['watch'], 2],
    [['watch', '@last'], 5],
    [['watch', '-'], 2],
    [['jobs', 'list'], 7],
    [['jobs', 'show'], 2],
    [['jobs', 'show', 'xyz!'], 2],
    [['cancel'], 2],
    [['cancel', 'abcd1234'], 7],
  ])('%j', { timeout: 30_000 }, async (args, code) => {
    const { run } = await cliHome();
    const ran = await run([...args, ...NOWHERE]);
    expect(ran).toMatchObject({ code, stdout: '' });
    expect(ran.stderr).not.toMatch(/bug in cloudtask|at .*\.ts:\d+/);
  });
});

test('a stdin that stays open holds nobody up', async () => {
  const { run } = await cliHome();
  expect(await run(['submit', 'email', ...NOWHERE], { input: 'open' })).toMatchObject({ code: 7 });
});

test('a slow pipe is read to its end', async () => {
  const server = await playServer({ 'POST /jobs': (_, response) => answer(response, 201, aJob()) });
  onTestFinished(server.close);
  const { start } = await cliHome();
  const child = start(['submit', 'email', '--payload', '-', '--url', server.url]);
  const ended = collect(child);
  child.stdin.write('{"to":');
  await once(child, 'spawn');
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  child.stdin.end('"ada"}');
  expect(await ended).toMatchObject({ code: 0, stdout: `${aJob().id}\n` });
  expect(server.requests[0]?.json()).toMatchObject({ payload: { to: 'ada' } });
});

describe.concurrent('what was mistyped is never repeated', () => {
  test.each([
    [['submit', 'email', `--tokn=${SECRET}`]],
    [['login', '--passwrd', SECRET]],
    [['login', 'ada@example.com', SECRET]],
    [['jobs', 'list', '--json', '--bogus', SECRET]],
    [['jobs', 'show', 'abcd1234', SECRET, '-o', 'json']],
  ])('%j', { timeout: 30_000 }, async (args) => {
    const { run } = await cliHome();
    const ran = await run(args);
    expect(ran).toMatchObject({ code: 2, stdout: '' });
    expect(ran.stderr).not.toContain(SECRET);
    if (args.includes('json') || args.includes('--json'))
      expect(JSON.parse(ran.stderr)).toHaveProperty('error.code', 'USAGE');
    else expect(ran.stderr.trim().split('\n').length).toBeLessThanOrEqual(4);
  });
});

test('a wrong word is answered with the one that was meant', async () => {
  const { run } = await cliHome();
  const [command, flag, status] = await Promise.all([
    run(['sumbit', 'email']),
    run(['jobs', 'list', '--limt', '3']),
    run(['jobs', 'list', '-s', 'faild']),
  ]);
  expect(command).toMatchObject({ code: 2, stdout: '' });
  expect(command.stderr).toContain('Did you mean submit?');
  expect(flag).toMatchObject({ code: 2 });
  expect(flag.stderr).toContain('Did you mean --limit?');
  expect(status.stderr).toContain('Did you mean failed?');
});

test('global flags may stand before the command, and errors are one JSON object on stderr', async () => {
  const { run } = await cliHome();
  const ran = await run(['--json', ...NOWHERE, 'jobs', 'list']);
  expect(ran).toMatchObject({ code: 7, stdout: '' });
  expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: 'CONNECTION_FAILED', retryable: true } });
});

test('--version and --help answer on stdout', async () => {
  const { run } = await cliHome();
  const [version, help] = await Promise.all([run(['--version']), run(['submit', '--help'])]);
  expect(version).toMatchObject({ code: 0, stderr: '' });
  expect(version.stdout).toMatch(/cloudtask/);
  expect(help).toMatchObject({ code: 0, stderr: '' });
  expect(help.stdout).toContain('FIELD');
});

test('a reader that leaves early is no error', async () => {
  const jobs = Array.from({ length: 1_000 }, () => aJob({ payload: 'x'.repeat(500) }));
  const server = await playServer({ 'GET /jobs': (_, response) => answer(response, 200, jobs) });
  onTestFinished(server.close);
  const { start } = await cliHome();
  const child = start(['jobs', 'list', '-n', '1000', '--json', '--url', server.url]);
  child.stdin.end();
  const stderr: string[] = [];
  child.stderr.on('data', (text) => stderr.push(String(text)));
  child.stdout.once('data', () => child.stdout.destroy());
  const [code] = (await once(child, 'close')) as [number | null];
  expect({ code, stderr: stderr.join('') }).toEqual({ code: 0, stderr: '' });
});
