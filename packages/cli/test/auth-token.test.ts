import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { answer, aSession, playServer, problem } from '../../sdk/test/support/play-server.ts';
import { cliHome } from './support/run-cli.ts';
import { hasScript, openTerminal } from './support/terminal.ts';

const PASSWORD = 'correct horse battery';

async function signedIn() {
  let isSessionOver = false;
  const server = await playServer({
    'POST /auth/login': (_, response) => answer(response, 200, aSession('first-token')),
    'POST /auth/refresh': (_, response) =>
      isSessionOver ? problem(response, 401, 'INVALID_REFRESH_TOKEN') : answer(response, 200, aSession('second-token')),
  });
  onTestFinished(server.close);
  const home = await cliHome();
  const login = ['login', '--url', server.url, '--email', 'ada@example.com', '--password-stdin'];
  await home.run(login, { input: PASSWORD });
  const path = join(home.config, 'credentials.json');
  /** The token is over, and with `session` the refresh token too. */
  const expire = async ({ session = false } = {}) => {
    isSessionOver = session;
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.replace(/"expiresAt": "[^"]*"/, '"expiresAt": "2026-01-01T00:00:00.000Z"'));
  };
  return { ...home, server, path, expire };
}

test('auth token prints the bare token, and asks nobody while it is good', async () => {
  const { run, server } = await signedIn();
  expect(await run(['auth', 'token'])).toMatchObject({ code: 0, stdout: 'first-token\n', stderr: '' });
  const json = JSON.parse((await run(['auth', 'token', '-o', 'json'])).stdout) as { expiresAt: string };
  expect(json).toEqual({ token: 'first-token', expiresAt: expect.any(String) });
  expect(Date.parse(json.expiresAt)).toBeGreaterThan(Date.now());
  expect(server.requests.map(({ path }) => path)).toEqual(['/auth/login']);
});

test('a token that is over is renewed first, and the new one is kept', async () => {
  const { run, server, path, expire } = await signedIn();
  await expire();
  expect(await run(['auth', 'token'])).toMatchObject({ code: 0, stdout: 'second-token\n' });
  expect(await readFile(path, 'utf8')).toContain('second-token');
  expect(await run(['auth', 'token'])).toMatchObject({ code: 0, stdout: 'second-token\n' });
  expect(server.to('POST /auth/refresh')).toHaveLength(1);
});

test('a session that is over is exit 4, and no token is printed', async () => {
  const { run, expire } = await signedIn();
  await expire({ session: true });
  expect(await run(['auth', 'token'])).toMatchObject({ code: 4, stdout: '' });
});

test('signed out there is no token: exit 4', async () => {
  const { run } = await cliHome();
  const ran = await run(['auth', 'token', '--url', 'http://127.0.0.1:1']);
  expect(ran).toMatchObject({ code: 4, stdout: '' });
  expect(ran.stderr).toContain('cloudtask --url http://127.0.0.1:1 login');
});

test('a token of the environment is the one that is used, and is printed', async () => {
  const { run } = await signedIn();
  const ran = await run(['auth', 'token', '--json'], { env: { CLOUDTASK_TOKEN: 'ctt_env' } });
  expect(JSON.parse(ran.stdout)).toEqual({ token: 'ctt_env', expiresAt: null });
});

test.skipIf(!hasScript)('at a terminal it is said that the token is a secret', async () => {
  const { folder } = await signedIn();
  const [loud, quiet] = await Promise.all([
    openTerminal(['auth', 'token'], { folder }),
    openTerminal(['auth', 'token', '-q'], { folder }),
  ]);
  expect(await loud.ended).toBe(0);
  expect(await quiet.ended).toBe(0);
  expect(loud.screen()[0]).toBe('first-token');
  expect(loud.screen().join('\n')).toContain('This is a secret');
  expect(quiet.screen()).toEqual(['first-token']);
});
