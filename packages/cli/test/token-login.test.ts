import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { answer, aSession, playServer, problem } from '../../sdk/test/support/play-server.ts';
import { cliHome } from './support/run-cli.ts';
import { hasScript, openTerminal } from './support/terminal.ts';

const TOKEN = 'ctt_of-a-program';

async function serverOfTokens() {
  let isRevoked = false;
  const server = await playServer({
    'GET /auth/me': ({ headers }, response) =>
      headers.authorization === `Bearer ${TOKEN}` && !isRevoked
        ? answer(response, 200, aSession('').user)
        : problem(response, 401, 'TOKEN_REVOKED'),
    'POST /auth/refresh': (_, response) => problem(response, 401, 'INVALID_REFRESH_TOKEN'),
  });
  onTestFinished(server.close);
  const home = await cliHome();
  const login = (input: string, ...flags: string[]) =>
    home.run(['login', '--url', server.url, '--token-stdin', ...flags], { input });
  const revoke = () => {
    isRevoked = true;
  };
  return { ...home, server, login, revoke, path: join(home.config, 'credentials.json') };
}

test('an API token from stdin is kept for the profile, and never shown', async () => {
  const { run, login, path } = await serverOfTokens();
  const human = await login(`${TOKEN}\n`, '-p', 'ci');
  expect(human).toMatchObject({ code: 0, stdout: '' });
  expect(human.stderr).toContain('ada@example.com');
  const json = await login(TOKEN, '-p', 'ci', '--json');
  expect(JSON.parse(json.stdout)).toMatchObject({ profile: 'ci', user: { email: 'ada@example.com' }, expiresAt: null });
  const status = await run(['auth', 'status', '--json']);
  for (const text of [human.stderr, json.stdout, json.stderr, status.stdout]) expect(text).not.toContain(TOKEN);
  expect(JSON.parse(status.stdout)).toMatchObject([{ profile: 'ci', expiresAt: null }]);
  expect(((await stat(path)).mode & 0o777).toString(8)).toBe('600');
  expect(await run(['whoami', '-p', 'ci'])).toMatchObject({ code: 0, stdout: 'ada@example.com\n' });
  const token = await run(['auth', 'token', '-p', 'ci', '--json']);
  expect(JSON.parse(token.stdout)).toEqual({ token: TOKEN, expiresAt: null });
});

test('a token that the server does not take is exit 4, and what was kept before stays', async () => {
  const { login, path } = await serverOfTokens();
  await login(TOKEN);
  const before = await readFile(path, 'utf8');
  const ran = await login('ctt_wrong');
  expect(ran).toMatchObject({ code: 4, stdout: '' });
  expect(ran.stderr).not.toContain('ctt_wrong');
  expect(await readFile(path, 'utf8')).toBe(before);
});

test('a token that is revoked later asks for a new sign-in: exit 4', async () => {
  const { run, login, revoke } = await serverOfTokens();
  await login(TOKEN);
  revoke();
  const ran = await run(['whoami']);
  expect(ran).toMatchObject({ code: 4, stdout: '' });
  expect(ran.stderr).toContain('cloudtask login');
});

test.each([
  ['', 'there is no token on stdin'],
  ['\n', 'there is no token on stdin'],
  ['two words', 'what came on stdin is no token'],
  ['ctt_a\nctt_b\n', 'what came on stdin is no token'],
])('%j is no token: exit 2, and nothing is sent', async (input, said) => {
  const { login, server } = await serverOfTokens();
  const ran = await login(input);
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain(said);
  if (input.trim() !== '') expect(ran.stderr).not.toContain(input.trim());
  expect(server.requests).toEqual([]);
});

test.each([[['--email', 'ada@example.com']], [['--password-stdin']], [['--password-file', 'x']]])(
  '--token-stdin beside %j is refused',
  async (flags) => {
    const { login, server } = await serverOfTokens();
    expect(await login(TOKEN, ...flags)).toMatchObject({ code: 2, stdout: '' });
    expect(server.requests).toEqual([]);
  },
);

test('a token of the environment would win: it is refused to keep another', async () => {
  const { run, server } = await serverOfTokens();
  const env = { CLOUDTASK_TOKEN: 'ctt_env', CLOUDTASK_URL: server.url };
  expect(await run(['login', '--token-stdin'], { env, input: TOKEN })).toMatchObject({ code: 2, stdout: '' });
});

test('logout forgets the token here, and says that it goes on', async () => {
  const { run, login, server, path } = await serverOfTokens();
  await login(TOKEN);
  const ran = await run(['logout']);
  expect(ran).toMatchObject({ code: 0 });
  expect(ran.stderr).toContain('cloudtask tokens revoke');
  expect(server.to('POST /auth/logout')).toEqual([]);
  await expect(stat(path)).rejects.toThrow(/ENOENT/);
});

test.skipIf(!hasScript)('two flags that exclude each other are named without stray signs at a terminal', async () => {
  const { folder } = await cliHome();
  const terminal = await openTerminal(['login', '--token-stdin', '--email', 'x'], { folder });
  expect(await terminal.ended).toBe(2);
  expect(terminal.screen()[0]).toBe('✗ --email=x cannot also be provided when using --token-stdin');
});
