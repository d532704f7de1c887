import { cp, mkdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Job } from '@cloudtask/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WaitingCheck } from '../src/handlers/check-waiting.ts';
import { startPlatform } from './support/platform.ts';
import { cliHome } from './support/run-cli.ts';

const PROJECT = fileURLToPath(new URL('./fixtures/project', import.meta.url));
const MODULES = fileURLToPath(new URL('../../../node_modules', import.meta.url));

let platform: Awaited<ReturnType<typeof startPlatform>>;
beforeAll(async () => {
  platform = await startPlatform();
  await cp(PROJECT, platform.folder, { recursive: true });
  await symlink(MODULES, join(platform.folder, 'node_modules'));
});
afterAll(() => platform.close());

const ct = (line: string, options: { env?: Record<string, string>; input?: string } = {}) =>
  platform.run(line.split(' '), options);
const json = <T>(text: string) => JSON.parse(text) as T;

test('types check finds jobs that wait and that the code here would refuse', async () => {
  expect(await ct('types check')).toMatchObject({ code: 0 });
  const good = (await ct('submit mail.send to=ada@example.com --delay 1h -o id')).stdout.trim();
  const bad = (await ct('submit mail.send to:=3 --delay 1h -o id')).stdout.trim();
  const other = (await ct('submit mail.send to:=4 --delay 1h -o id')).stdout.trim();
  const ran = await ct('types check --json');
  expect(ran.code).toBe(9);
  const check = json<WaitingCheck[]>(ran.stdout).find(({ type }) => type === 'mail.send');
  expect(check).toMatchObject({ waiting: 3, refused: 2, isComplete: true });
  expect(check?.reasons).toEqual([{ message: expect.stringContaining('/to'), jobs: 2, example: bad.slice(-8) }]);
  expect((await ct('types check -o human')).stdout).toContain('✗ mail.send would refuse 2 of 3 waiting jobs');
  expect(json<WaitingCheck[]>((await ct('types check --most 1 --json')).stdout)[1]).toMatchObject({
    waiting: 1,
    refused: 0,
    isComplete: false,
  });
  for (const id of [bad, other, good]) await ct(`cancel ${id}`);
  expect(await ct('types check')).toMatchObject({ code: 0 });
});

test('plugins list reads manifests and runs no code of an installed plugin', async () => {
  const { run, folder } = await cliHome();
  const plugin = join(folder, 'node_modules/cloudtask-plugin-mail');
  await mkdir(plugin, { recursive: true });
  const manifest = { apiVersion: 1, plugin: './index.js', types: ['send', 'digest'] };
  const description = { name: 'cloudtask-plugin-mail', version: '1.2.0', type: 'module', cloudtask: manifest };
  await writeFile(join(plugin, 'package.json'), JSON.stringify(description));
  await writeFile(join(plugin, 'index.js'), 'throw new Error("the code of the plugin was run");');
  const plugins = `[['cloudtask-plugin-mail', { prefix: 'acme.' }], './audit.ts', 'cloudtask-plugin-gone']`;
  await writeFile(join(folder, 'cloudtask.config.ts'), `export default { plugins: ${plugins} };`);
  const ran = await run(['plugins', 'list', '--json']);
  expect(ran).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(ran.stdout)).toMatchObject([
    { name: 'cloudtask-plugin-mail', kind: 'package', version: '1.2.0', types: ['acme.send', 'acme.digest'] },
    { name: './audit.ts', kind: 'file', types: null },
    { name: 'cloudtask-plugin-gone', problem: expect.stringContaining('npm install cloudtask-plugin-gone') },
  ]);
});

test('a queue is purged when its name is said twice, and nothing else is touched', async () => {
  const [waits, later] = [
    await ct('submit test.echo -Q old -o id'),
    await ct('submit test.echo -Q old --delay 1h -o id'),
  ];
  const elsewhere = (await ct('submit test.echo -Q new --delay 1h -o id')).stdout.trim();
  const preview = await ct('queues purge old --dry-run -o id');
  expect(preview.stdout.trim().split('\n').sort()).toEqual([waits, later].map(({ stdout }) => stdout.trim()).sort());
  for (const line of ['queues purge old', 'queues purge old --json', 'queues purge old --confirm new']) {
    const ran = await ct(line);
    expect([line, ran.code, ran.stdout]).toEqual([line, 2, '']);
  }
  expect((await ct('queues purge old')).stderr).toContain('cloudtask queues purge old --confirm old');
  expect(await ct('queues purge old --confirm old -o none')).toMatchObject({ code: 0 });
  const statusOf = async (id: string) => json<Job>((await ct(`jobs show ${id} --json`)).stdout).status;
  expect(await statusOf(waits.stdout.trim())).toBe('CANCELLED');
  expect(await statusOf(later.stdout.trim())).toBe('CANCELLED');
  expect(await statusOf(elsewhere)).toBe('SCHEDULED');
  await ct(`cancel ${elsewhere}`);
});

test('failures are exported by cause, as lines or as a table', async () => {
  await ct('submit test.echo fail=first --wait -q');
  await ct('submit test.echo fail=second --wait -q');
  const all = (await ct('failures export')).stdout
    .trim()
    .split('\n')
    .map((line) => json<Job>(line));
  expect(all.map(({ status, error }) => [status, error?.message])).toEqual([
    ['FAILED', 'first'],
    ['FAILED', 'second'],
  ]);
  const [cause = ''] = (await ct('failures list -o id')).stdout.split('\n');
  const csv = await ct(`failures export --cause ${cause} --format csv --fields status,error.message`);
  expect(csv.stdout).toBe('status,error.message\nFAILED,second\n');
  expect(await ct('failures export --cause 000000')).toMatchObject({ code: 5, stdout: '' });
});

test('settings are kept, read one by one, and forgotten', async () => {
  const config = join(platform.folder, 'another-config');
  const line = (text: string) => ct(text, { env: { CLOUDTASK_CONFIG_DIR: config } });
  expect(await line('config path')).toMatchObject({ code: 0, stdout: `${config}\n` });
  expect(await line('config get url --origin')).toMatchObject({ stdout: 'http://localhost:8080\tdefault\n' });
  expect((await line('config set url https://jobs.example.com')).code).toBe(0);
  expect((await line('config set url https://prod.example.com -p prod')).code).toBe(0);
  expect(await line('config get url')).toMatchObject({ stdout: 'https://jobs.example.com\n' });
  expect((await line('config set profile prod')).code).toBe(0);
  expect(await line('config get url')).toMatchObject({ stdout: 'https://prod.example.com\n' });
  expect((await line('config get url --origin')).stdout).toMatch(/config\.json, profile prod\n$/);
  expect((await line('config unset profile')).code).toBe(0);
  expect(await line('config get profile')).toMatchObject({ stdout: 'default\n' });
  expect((await line('config unset url -p prod')).code).toBe(0);
  expect(await line('profile list -o id')).toMatchObject({ stdout: 'default\n' });
  for (const [wrong, hint] of [
    ['config set profile nobody', 'there is no profile nobody'],
    ['config set urll https://a.example', 'Did you mean url?'],
    ['config set url https://u:hunter2@a.example', 'without a password'],
    ['config set url ftp://a.example', 'must be an address'],
    ['config get nothing', 'there is no setting nothing'],
  ] as const) {
    const ran = await line(wrong);
    expect([wrong, ran.code === 2 || ran.code === 5, ran.stdout]).toEqual([wrong, true, '']);
    expect(ran.stderr).toContain(hint);
    expect(ran.stderr).not.toContain('hunter2');
  }
});

test('auth status shows sessions without their tokens, and says what wins over them', async () => {
  const ran = await ct('auth status --json');
  expect(json<object[]>(ran.stdout)).toMatchObject([
    { profile: 'default', user: 'ada@example.com', url: platform.url, mode: '600' },
    { profile: 'bob', user: 'bob@example.com' },
  ]);
  expect(ran.stdout).not.toMatch(/eyJ|refresh/i);
  expect((await ct('auth status', { env: { CLOUDTASK_TOKEN: 't' } })).stderr).toContain(
    'CLOUDTASK_TOKEN is set and wins',
  );
  const env = { CLOUDTASK_CONFIG_DIR: join(platform.folder, 'no-config') };
  expect(await ct('auth status -o human', { env })).toMatchObject({
    code: 0,
    stdout: '',
    stderr: 'Nobody is signed in.\n',
  });
});

test('version knows the server or does without; open prints the address', async () => {
  expect(json<object>((await ct('version --json')).stdout)).toMatchObject({ cli: '0.1.0', server: '0.1.0' });
  const away = await ct('version -o human --url http://127.0.0.1:1');
  expect(away).toMatchObject({ code: 0 });
  expect(away.stdout).toMatch(/cloudtask {2}0\.1\.0\n {2}server {5}does not answer/);
  expect(await ct('open')).toMatchObject({ code: 0, stdout: `${platform.url}/docs\n`, stderr: '' });
  expect((await ct('open openapi')).stdout).toBe(`${platform.url}/openapi.json\n`);
  expect(await ct('open nothing')).toMatchObject({ code: 2, stdout: '' });
});

test('docs --llm is every page in one text', async () => {
  const text = (await ct('docs --llm')).stdout;
  const pages = (await ct('docs -o id')).stdout.trim().split('\n');
  for (const page of pages) expect(text).toContain(`<!-- ${page}.md -->`);
  expect(text.startsWith('<!-- cli.md -->')).toBe(true);
  const cli = await readFile(fileURLToPath(new URL('../../../docs/cli.md', import.meta.url)), 'utf8');
  expect(text).toContain(cli.trim());
});
