import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeEach, expect, onTestFinished, test } from 'vitest';
import { CloudTask } from '../src/client.ts';
import { devSlot } from '../src/node/dev-session.ts';
import { findSettings, type Surroundings } from '../src/node/find-settings.ts';
import { writeProfiles } from '../src/node/profiles.ts';
import { sessionSlot, storedSessionAuth, toStored } from '../src/node/session-slot.ts';
import { answer, aSession, playServer } from './support/play-server.ts';

let home: string;
let around: Surroundings;
const credentials = () => join(home, 'config', 'credentials.json');

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'cloudtask-sdk-'));
  around = { env: { CLOUDTASK_CONFIG_DIR: join(home, 'config') }, cwd: join(home, 'a', 'b'), home };
  await mkdir(around.cwd, { recursive: true });
  onTestFinished(() => rm(home, { recursive: true, force: true }));
});

async function haveProfile(name: string, url: string) {
  await writeProfiles(join(home, 'config'), { profile: name, profiles: { [name]: { url } } });
  await sessionSlot(credentials(), name).write(toStored(url, aSession(`of-${name}`)));
}
async function haveDev(url: string, pid: number) {
  await devSlot(join(home, 'a', '.cloudtask')).write({ ...toStored(url, aSession('of-dev')), pid });
}

test('given beats the environment, that beats dev, that beats the profile', async () => {
  await haveProfile('default', 'http://profile');
  expect(findSettings({}, around)).toMatchObject({ url: 'http://profile', origin: 'profile' });
  await haveDev('http://dev', process.pid);
  const dev = findSettings({}, around);
  expect(dev).toMatchObject({ url: 'http://dev', origin: 'dev' });
  expect(dev.session?.read()?.token).toBe('of-dev');
  around.env.CLOUDTASK_URL = 'http://environment';
  expect(findSettings({}, around)).toMatchObject({ url: 'http://environment', origin: 'environment' });
  expect(findSettings({ url: 'http://given' }, around)).toMatchObject({ url: 'http://given', origin: 'given' });
});

test('a session is never sent to another server than the one that gave it', async () => {
  await haveProfile('default', 'http://profile');
  expect(findSettings({ url: 'http://other' }, around).auth).toBeUndefined();
  expect(findSettings({ url: 'http://profile/' }, around).auth).toBeDefined();
});

test('the session that a killed dev left behind does not count', async () => {
  const { child } = promisify(execFile)(process.execPath, ['-e', '']);
  await new Promise((resolve) => child.on('exit', resolve));
  await haveDev('http://dev', child.pid ?? 0);
  expect(findSettings({}, around)).toMatchObject({ origin: 'none' });
});

test('a file that others can read is refused', async () => {
  await haveProfile('default', 'http://profile');
  expect((await stat(credentials())).mode & 0o777).toBe(0o600);
  expect((await stat(join(home, 'config'))).mode & 0o777).toBe(0o700);
  await writeFile(credentials(), await readFile(credentials()), { mode: 0o644 });
  await rm(credentials());
  await writeFile(credentials(), '{}', { mode: 0o644 });
  expect(() => findSettings({}, around)).toThrow(/chmod 600/);
});

test('a client finds its server and its session by itself, and keeps the session alive for everybody', async () => {
  const server = await playServer({
    'POST /auth/refresh': (_, response) => answer(response, 200, aSession('renewed')),
    'GET /auth/me': ({ headers }, response) =>
      answer(response, headers.authorization === 'Bearer renewed' ? 200 : 401, { email: 'ada@example.com' }),
  });
  onTestFinished(server.close);
  await haveProfile('default', server.url);
  const clients = [1, 2, 3].map(
    () => new CloudTask({ url: server.url, auth: storedSessionAuth(sessionSlot(credentials(), 'default')) }),
  );
  await Promise.all(clients.map((ct) => ct.auth.me()));
  // Three clients as three processes: a refresh token that is used twice would end the session.
  expect(server.to('POST /auth/refresh')).toHaveLength(1);
  expect(sessionSlot(credentials(), 'default').read()?.token).toBe('renewed');
  await Promise.all(clients.map((ct) => ct.close()));
});

test('no server anywhere: the error says what to do', () => {
  process.env.CLOUDTASK_CONFIG_DIR = join(home, 'config');
  onTestFinished(() => {
    delete process.env.CLOUDTASK_CONFIG_DIR;
  });
  expect(() => new CloudTask()).toThrow(/CLOUDTASK_URL/);
});

test.each([
  ['without an address', { profiles: { prod: {} } }, 'profile "prod" in'],
  ['that is a text', { profiles: { prod: 'http://prod' } }, 'profile "prod" in'],
  ['with a store of a newer version', { profiles: { prod: { url: 'http://prod', store: 'vault' } } }, '"vault"'],
])('a profile %s is refused: it means neither this machine nor the file of sessions', async (_, config, said) => {
  await mkdir(join(home, 'config'));
  await writeFile(join(home, 'config', 'config.json'), JSON.stringify(config));
  expect(() => findSettings({ profile: 'prod' }, around)).toThrow(said);
});
