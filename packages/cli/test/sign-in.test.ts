import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { answer, aSession, playServer, problem } from '../../sdk/test/support/play-server.ts';
import { cliHome } from './support/run-cli.ts';

const PASSWORD = 'correct horse battery';
const mode = async (path: string) => ((await stat(path)).mode & 0o777).toString(8);

async function accounts() {
  let valid = 'first-token';
  const server = await playServer({
    'POST /auth/login': (seen, response) =>
      (seen.json() as { password: string }).password === PASSWORD
        ? answer(response, 200, aSession(valid))
        : problem(response, 401, 'INVALID_CREDENTIALS'),
    'POST /auth/register': (_, response) => answer(response, 201, aSession(valid)),
    'POST /auth/refresh': (_, response) => {
      valid = 'second-token';
      answer(response, 200, aSession(valid));
    },
    'POST /auth/logout': (_, response) => void response.writeHead(204).end(),
    'GET /auth/me': ({ headers }, response) =>
      headers.authorization === `Bearer ${valid}`
        ? answer(response, 200, aSession(valid).user)
        : problem(response, 401, 'TOKEN_EXPIRED'),
  });
  onTestFinished(server.close);
  const expire = () => {
    valid = 'none';
  };
  return { server, expire };
}

test('where nobody can be asked, the line to type is that of the command', async () => {
  const { run } = await cliHome();
  for (const command of ['login', 'register'])
    expect((await run([command])).stderr).toContain(`| cloudtask ${command} --email you@example.com --password-stdin`);
});

test('login keeps the session to its owner, and shows neither password nor token', async () => {
  const { server } = await accounts();
  const { run, config } = await cliHome();
  const login = ['login', '--url', server.url, '--email', 'ada@example.com', '--password-stdin'];
  const human = await run(login, { input: `${PASSWORD}\n` });
  expect(human).toMatchObject({ code: 0, stdout: '' });
  expect(human.stderr).toContain('Signed in as ada@example.com');
  const json = await run([...login, '--json'], { input: PASSWORD });
  expect(JSON.parse(json.stdout)).toMatchObject({
    profile: 'default',
    url: server.url,
    user: { email: 'ada@example.com' },
  });
  for (const text of [human.stdout, human.stderr, json.stdout, json.stderr]) {
    expect(text).not.toContain(PASSWORD);
    expect(text).not.toContain('-token');
  }
  expect(await mode(join(config, 'credentials.json'))).toBe('600');
  expect(await mode(config)).toBe('700');
  expect(await readFile(join(config, 'credentials.json'), 'utf8')).not.toContain(PASSWORD);
  expect(await run(['whoami'])).toMatchObject({ code: 0, stdout: 'ada@example.com\n' });
});

test('a session that ran out is renewed on the way, and the new one is kept', async () => {
  const { server, expire } = await accounts();
  const { run, config } = await cliHome();
  await run(['register', '--url', server.url, '--email', 'ada@example.com', '--password-stdin'], { input: PASSWORD });
  expire();
  expect(await run(['whoami'])).toMatchObject({ code: 0, stdout: 'ada@example.com\n' });
  expect(await readFile(join(config, 'credentials.json'), 'utf8')).toContain('second-token');
  expect(await mode(join(config, 'credentials.json'))).toBe('600');
  expect(await run(['whoami'])).toMatchObject({ code: 0 });
  expect(server.to('POST /auth/refresh')).toHaveLength(1);
});

test('a wrong password is exit 4, and nothing is kept', async () => {
  const { server } = await accounts();
  const { run, config } = await cliHome();
  const ran = await run(['login', '--url', server.url, '--email', 'ada@example.com', '--password-stdin'], {
    input: 'wrong',
  });
  expect(ran).toMatchObject({ code: 4, stdout: '' });
  expect(ran.stderr).toContain('INVALID_CREDENTIALS (401) · request req-9');
  await expect(stat(join(config, 'credentials.json'))).rejects.toThrow(/ENOENT/);
});

test('logout ends the session there and here', async () => {
  const { server } = await accounts();
  const { run, config } = await cliHome();
  await run(['login', '--url', server.url, '--email', 'ada@example.com', '--password-stdin'], { input: PASSWORD });
  expect(await run(['logout', '--json'])).toMatchObject({
    code: 0,
    stdout: '{\n  "loggedOut": [\n    "default"\n  ]\n}\n',
  });
  expect(server.to('POST /auth/logout')[0]?.headers.authorization).toBe('Bearer first-token');
  await expect(stat(join(config, 'credentials.json'))).rejects.toThrow(/ENOENT/);
  expect(await run(['whoami'])).toMatchObject({ code: 4 });
});

test('a token of the environment wins, and login refuses to be useless', async () => {
  const { server } = await accounts();
  const { run } = await cliHome();
  const env = { CLOUDTASK_TOKEN: 'first-token', CLOUDTASK_URL: server.url };
  expect(await run(['whoami'], { env })).toMatchObject({ code: 0, stdout: 'ada@example.com\n' });
  const login = await run(['login', '--email', 'a@example.com', '--password-stdin'], { env, input: PASSWORD });
  expect(login).toMatchObject({ code: 2, stdout: '' });
  expect(login.stderr).toContain('CLOUDTASK_TOKEN');
});
