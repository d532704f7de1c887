import { chmod, mkdir, readFile, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { answer, aSession, playServer } from '../../sdk/test/support/play-server.ts';
import { checkNode } from '../src/doctor/check-node.ts';
import { checkSdkCopies } from '../src/doctor/check-sdk-copies.ts';
import type { Finding } from '../src/doctor/finding.ts';
import { redacted } from '../src/doctor/redacted.ts';
import { startPlatform } from './support/platform.ts';
import { cliHome } from './support/run-cli.ts';

let platform: Awaited<ReturnType<typeof startPlatform>>;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.close());

const ct = (line: string, options: { env?: Record<string, string> } = {}) => platform.run(line.split(' '), options);
const findingsOf = (stdout: string) =>
  Object.fromEntries((JSON.parse(stdout) as Finding[]).map((each) => [each.id, each]));

test('where all is well each check says so, and a real job went there and back', async () => {
  const ran = await ct('doctor --json');
  expect(ran.code).toBe(0);
  const found = findingsOf(ran.stdout);
  expect(Object.keys(found)).toEqual([
    'node',
    'config',
    'credentials',
    'sdk-copies',
    'server',
    'version',
    'clock',
    'health',
    'session',
    'round-trip',
  ]);
  expect(Object.values(found).filter(({ level }) => level !== 'ok')).toEqual([]);
  expect(found['round-trip']?.message).toMatch(/^round trip: submit, run, result in \d+ ms \(sleep\)$/);
  const [job] = JSON.parse((await ct('jobs list --tag doctor --json')).stdout) as { status: string }[];
  expect(job?.status).toBe('COMPLETED');
});

test('people read a line a check and the sum at the end, scripts a line without the sum', async () => {
  const human = await ct('doctor -o human');
  expect(human.stdout).toMatch(/^ {2}✓ Node\.js \d+/);
  expect(human.stderr).toBe('All is well.\n');
  expect((await ct('doctor -q')).stdout).toMatch(/^ok\tnode\tNode\.js /);
});

test('a server that is away is exit 9, and what it would have told is left out', async () => {
  const ran = await ct('doctor --json --url http://127.0.0.1:1');
  expect(ran.code).toBe(9);
  const found = findingsOf(ran.stdout);
  expect(found['server']).toMatchObject({ level: 'fail', fix: expect.stringContaining('cloudtask dev') });
  expect(found).not.toHaveProperty('round-trip');
});

test('a probe says nothing: 0 when the server can serve, else 1', async () => {
  expect(await ct('doctor --probe')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  const away = await ct('doctor --probe --url http://127.0.0.1:1');
  expect(away).toMatchObject({ code: 1, stdout: '', stderr: '' });
  expect(away.ms).toBeLessThan(4_000);
});

/** A server that answers like a well one, but for what is given. */
async function playing({ date, version = '0.1.0', workers = 1 }: { date?: Date; version?: string; workers?: number }) {
  const headers: Record<string, string> = date === undefined ? {} : { date: date.toUTCString() };
  const server = await playServer({
    'GET /actuator/info': (_, response) => answer(response, 200, { app: { version } }, headers),
    'GET /actuator/health': (_, response) =>
      answer(response, 503, { status: 'DOWN', components: { db: { status: 'UP' }, rabbit: { status: 'DOWN' } } }),
    'GET /auth/me': (_, response) => answer(response, 200, { ...aSession('t').user, isOperator: false }),
    'GET /types': (_, response) => answer(response, 200, [{ type: 'report', workers }]),
  });
  onTestFinished(server.close);
  const env = { CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: 't' };
  return findingsOf((await (await cliHome()).run(['doctor', '--json'], { env })).stdout);
}

test('another clock, another version, a part that is down and missing workers are found', async () => {
  const hourAgo = await playing({ date: new Date(Date.now() - 3_600_000), version: '9.9.9', workers: 0 });
  expect(hourAgo['clock']).toMatchObject({
    level: 'fail',
    message: expect.stringMatching(/(59m|1h).* ahead of the server/),
  });
  expect(hourAgo['version']).toMatchObject({ level: 'warn', fix: 'npm install -g @cloudtask/cli@9.9.9' });
  expect(hourAgo['health']).toMatchObject({ level: 'fail', message: 'the server cannot reach its broker' });
  expect(hourAgo['round-trip']).toMatchObject({ level: 'fail', message: expect.stringContaining('no worker is live') });
  const soon = await playing({ date: new Date(Date.now() + 12_000) });
  expect(soon['clock']).toMatchObject({ level: 'warn', message: expect.stringContaining('behind the server') });
  expect(soon['round-trip']).toMatchObject({ level: 'warn', message: expect.stringContaining('built-in type sleep') });
});

test('credentials that others can read are a problem, with the command that takes them back', async () => {
  const { run, config } = await cliHome();
  await mkdir(config, { mode: 0o700 });
  await writeFile(join(config, 'credentials.json'), '{"sessions":{}}', { mode: 0o600 });
  await chmod(join(config, 'credentials.json'), 0o644);
  const ran = await run(['doctor', '--json', '--url', 'http://127.0.0.1:1']);
  expect(ran.code).toBe(9);
  const found = findingsOf(ran.stdout);
  expect(found['credentials']).toMatchObject({ level: 'fail', fix: `chmod 600 ${join(config, 'credentials.json')}` });
  expect(found['settings']).toMatchObject({ level: 'fail' });
});

test('a configuration that cannot be loaded is told with its place', async () => {
  const { run, folder } = await cliHome();
  await writeFile(join(folder, 'cloudtask.config.ts'), 'export default { handler: "src" };\n');
  const found = findingsOf((await run(['doctor', '--json', '--url', 'http://127.0.0.1:1'])).stdout);
  expect(found['config']).toMatchObject({ level: 'fail' });
  expect(found['config']?.message).toMatch(/cloudtask\.config\.ts:1: there is no "handler" here/);
});

test('two copies of the SDK are seen, the same one behind two links is not', async () => {
  const { folder } = await cliHome();
  const copy = async (path: string, version: string) => {
    await mkdir(join(folder, path), { recursive: true });
    await writeFile(join(folder, path, 'package.json'), JSON.stringify({ version }));
  };
  await copy('node_modules/@cloudtask/sdk', '1.0.0');
  await mkdir(join(folder, 'node_modules/linked/node_modules/@cloudtask'), { recursive: true });
  await symlink(
    join(folder, 'node_modules/@cloudtask/sdk'),
    join(folder, 'node_modules/linked/node_modules/@cloudtask/sdk'),
  );
  expect(await checkSdkCopies(folder)).toMatchObject({ level: 'ok', message: 'one copy of @cloudtask/sdk (1.0.0)' });
  await copy('node_modules/@acme/mail/node_modules/@cloudtask/sdk', '0.9.4');
  expect(await checkSdkCopies(join(folder, 'node_modules'))).toMatchObject({
    level: 'warn',
    message: '2 copies of @cloudtask/sdk (0.9.4, 1.0.0)',
  });
});

test.each([
  ['22.18.9', 'fail'],
  ['22.19.0', 'ok'],
  ['24.1.0', 'ok'],
  ['20.20.2', 'fail'],
])('Node.js %s is %s', (version, level) => {
  expect(checkNode(version).level).toBe(level);
});

test('a report holds no token, password, payload or message of an error, and overwrites nothing', async () => {
  const secrets = ['pa$$word-in-url', 'payl0ad-s3cret', 'message-s3cret'];
  await platform.run(['submit', 'test.echo', 'fail=message-s3cret', 'note=payl0ad-s3cret', '--wait', '-q']);
  const { stdout } = await ct('tokens create report --scope jobs:read --json');
  const { token } = JSON.parse(stdout) as { token: string };
  const credentials = await readFile(join(platform.folder, 'config/credentials.json'), 'utf8');
  const sessions = JSON.parse(credentials) as { sessions: Record<string, { token: string; refreshToken: string }> };
  for (const each of Object.values(sessions.sessions)) secrets.push(each.token, each.refreshToken);
  const env = { CLOUDTASK_TOKEN: token, HTTPS_PROXY: 'http://u:pa$$word-in-url@proxy.example' };
  for (const options of [{}, { env }]) {
    const ran = await ct('doctor --bundle - --json', options);
    expect(JSON.parse(ran.stdout)).toMatchObject({ lastFailures: [{ type: 'test.echo', errorName: 'FatalError' }] });
    for (const secret of [...secrets, token, 'ada@example.com', platform.folder])
      expect(ran.stdout).not.toContain(secret);
  }
  expect(await ct('doctor --bundle report.json')).toMatchObject({ code: 0 });
  const path = join(platform.folder, 'report.json');
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(JSON.parse(await readFile(path, 'utf8'))).toHaveProperty('versions.node');
  const again = await ct('doctor --bundle report.json');
  expect(again).toMatchObject({ code: 6 });
  expect(again.stderr).toContain('Nothing is overwritten');
});

test('secrets are taken out of any text, whatever holds it', () => {
  const value = {
    url: 'postgres://app:hunter2@db.example/jobs',
    list: ['Bearer abc.def', 'ctt_0123456789', `eyJhbGciOiJI.eyJzdWIi.${'x'.repeat(9)}`],
    path: '/home/ada/project/known-secret',
  };
  expect(redacted(value, { home: '/home/ada', secrets: ['known-secret', ''] })).toEqual({
    url: 'postgres://…@db.example/jobs',
    list: ['Bearer …', '…', '…'],
    path: '~/project/…',
  });
});

test('--fix closes to others what they could reach, removes a lock that was left behind, and says so', async () => {
  const { run, config } = await cliHome();
  const file = join(config, 'credentials.json');
  const lock = `${file}.lock`;
  await mkdir(lock, { recursive: true });
  await utimes(lock, 0, 0);
  await writeFile(file, '{"sessions":{}}');
  await chmod(file, 0o644);
  await chmod(config, 0o777);
  const fix = async () => {
    const { stdout } = await run(['doctor', '--fix', '--json', '--url', 'http://127.0.0.1:1']);
    return JSON.parse(stdout) as Finding[];
  };
  const found = await fix();
  expect(found.filter(({ id }) => id === 'mended').map(({ message }) => message)).toEqual([
    `others could write to ${config}: mode 777 is now 700`,
    `others could read ${file}: mode 644 is now 600`,
    `${lock} was left behind by a process that is gone: it is removed`,
  ]);
  expect(found.find(({ id }) => id === 'credentials')).toMatchObject({ level: 'ok' });
  // A lock that somebody may hold stays, and what is right is not spoken of.
  await mkdir(lock);
  expect((await fix()).filter(({ id }) => id === 'mended')).toEqual([]);
  expect((await stat(lock)).isDirectory()).toBe(true);
});
