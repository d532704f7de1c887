import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type {
  ApiToken,
  FailureCause,
  NewApiToken,
  QueueInfo,
  Schedule,
  ScheduleDetails,
  TypeInfo,
} from '@cloudtask/sdk';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { answer, playServer } from '../../sdk/test/support/play-server.ts';
import type { Status } from '../src/read-status.ts';
import { startPlatform } from './support/platform.ts';
import { cliHome, collect } from './support/run-cli.ts';

let platform: Awaited<ReturnType<typeof startPlatform>>;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.close());

const run = (...args: string[]) => platform.run(args);
const ct = (line: string, options: { input?: string; env?: Record<string, string> } = {}) =>
  platform.run(line.split(' '), options);
const aType = (type: string) => ({
  type,
  version: null,
  workers: 1,
  title: null,
  description: null,
  payloadSchema: null,
  resultSchema: null,
  sensitive: [],
  examples: [],
  defaults: {},
});
const json = <T>(text: string) => JSON.parse(text) as T;

test('queues: what waits, paused with a reason that owners read, and resumed', async () => {
  expect(await run('queues', 'pause', 'mail', '--reason', 'provider outage', '--for', '1h')).toMatchObject({ code: 0 });
  await ct('submit test.echo -Q mail');
  expect((await ct('explain @last -o human')).stdout).toContain('provider outage');
  const { pause } = json<QueueInfo>((await ct('queues show mail --json')).stdout);
  expect(pause).toMatchObject({ reason: 'provider outage', pausedBy: 'ada@example.com' });
  expect((await ct('queues list -o human')).stdout).toMatch(/mail .* ago, for 59m more: provider outage/);
  expect(await ct('queues resume mail -o id')).toMatchObject({ code: 0, stdout: 'mail\n' });
  expect((await ct('queues show defualt')).stderr).toContain('Did you mean default?');
  expect((await ct('queues show defualt')).code).toBe(5);
  const typo = await ct('queues pause defualt');
  expect(typo.stderr).toContain('Did you mean default?');
  await ct('queues resume defualt');
  await ct('cancel @last');
});

test('what is for operators is exit 4 for others, and says who decides', async () => {
  for (const line of ['queues list', 'workers list', 'queues pause default', 'workers drain 1']) {
    const ran = await ct(`${line} -p bob`);
    expect(ran).toMatchObject({ code: 4, stdout: '' });
    expect(ran.stderr).toContain('OPERATOR_REQUIRED (403)');
  }
});

test('workers: by name, host or id', async () => {
  const list = await ct('workers list');
  expect(list.code).toBe(0);
  const [name = '', host = ''] = list.stdout.split('\t');
  expect((await run('workers', 'show', name, '--fields', 'state')).stdout).toBe('state\tlive\n');
  expect((await run('workers', 'show', host, '-o', 'human')).stdout).toContain('test.echo');
  expect((await ct('workers show nobody')).code).toBe(5);
});

test('a schedule from its making to its end', async () => {
  const made = await run(
    'schedules',
    'create',
    'nightly',
    '-t',
    'test.echo',
    '--cron',
    '0 2 * * *',
    '--tz',
    'Europe/Berlin',
    'give=1',
  );
  expect(made).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[0-9a-f-]{36}\n$/) as string });
  expect((await run('schedules', 'create', 'nightly', '-t', 'test.echo', '--every', '1h')).code).toBe(6);
  await ct('schedules update nightly extra:=2 --overlap queue --max-attempts 1');
  const shown = json<ScheduleDetails>((await ct('schedules show nightly --json')).stdout);
  expect(shown).toMatchObject({ payload: { give: '1', extra: 2 }, onOverlap: 'queue', maxAttempts: 1 });
  expect((await ct('schedules pause nightly --reason audit -o human')).stdout).toBe('✓ nightly is paused\n');
  expect((await ct('schedules list -o human')).stdout).toMatch(/nightly .* paused/);
  expect((await ct('schedules resume nightly -o human')).stdout).toMatch(/is resumed {3}next: \w{3} .* 02:00 \+0/);
  const job = (await ct('schedules trigger nightly')).stdout.trim();
  expect(await ct(`result ${job} --wait`)).toMatchObject({ stdout: '1\n' });
  expect((await ct('watch @last')).code).toBe(0);
  expect(json<Schedule[]>((await ct('schedules list --json')).stdout)).toHaveLength(1);
  expect(await ct('schedules delete nightly --dry-run')).toMatchObject({ code: 0 });
  expect(await ct('schedules delete nightly')).toMatchObject({ code: 0, stdout: `${shown.id}\n` });
  expect((await ct('schedules show nightly')).code).toBe(5);
  expect((await ct('schedules update nightly')).code).toBe(2);
});

test('a preview says what clock changes do', async () => {
  const args = [
    'schedules',
    'preview',
    '30 2 * * *',
    '--tz',
    'Europe/Berlin',
    '--from',
    '2027-03-26T12:00:00Z',
    '-n',
    '2',
  ];
  const human = await run(...args, '-o', 'human');
  expect(human.stdout).toBe(
    '  Sat 27 Mar 2027 02:30 +01:00\n  Sun 28 Mar 2027 03:00 +02:00   ! 02:30 does not exist (clock change): it runs at 03:00\n',
  );
  expect((await run(...args)).stdout.split('\n')[0]).toBe('2027-03-27T01:30:00.000Z\t2027-03-27T02:30:00+01:00\t');
  expect(await ct('schedules preview')).toMatchObject({ code: 2, stdout: '' });
  expect((await run('schedules', 'preview', '30 2 * *')).code).toBe(6);
});

test('failures by cause: listed, shown with their jobs, retried with a dry run first', async () => {
  for (const n of [1, 2]) await ct(`run test.echo fail=disk-${n}-full -q`);
  const [cause] = json<FailureCause[]>((await ct('failures list --type test.echo --json')).stdout);
  expect(cause).toMatchObject({ type: 'test.echo', count: 2 });
  const short = cause?.fingerprint.slice(0, 6) ?? '';
  expect((await ct(`failures show ${short} -o id`)).stdout.trim().split('\n')).toHaveLength(2);
  expect((await ct(`failures show ${short} -o human`)).stdout).toMatch(/2 jobs {3}first/);
  expect((await ct(`failures retry ${short} --dry-run`)).stdout.trim().split('\n')).toHaveLength(2);
  expect(await ct(`failures retry ${short}`)).toMatchObject({ code: 2, stdout: '' });
  expect((await ct(`failures retry ${short} --no-wait -y --fields done`)).code).toBe(2);
  expect((await ct(`failures retry ${short} --no-wait -y -o id`)).code).toBe(0);
  expect((await ct('failures show 000000')).code).toBe(5);
  // What a script's empty variable becomes is no beginning of a cause.
  expect((await run('failures', 'retry', '', '--dry-run')).code).toBe(5);
});

test('failures discarded need nothing more: out of the list with a reason, and back', async () => {
  for (const n of [1, 2]) await ct(`run test.echo fail=import-${n}-is-bad -q`);
  await ct('run test.echo fail=worse -q');
  const all = json<FailureCause[]>((await ct('failures list --json')).stdout);
  const [worse = '', bad = ''] = all.map(({ fingerprint }) => fingerprint.slice(0, 6));
  const discard = (...args: string[]) => run('failures', 'discard', ...args);
  const needALook = async () => json<Status>((await ct('status --json')).stdout).failures.jobs;
  const before = await needALook();

  expect(await ct('failures discard')).toMatchObject({ code: 2, stdout: '' });
  expect(await discard(bad)).toMatchObject({ code: 2, stdout: '' });
  expect((await discard(bad, worse, '--dry-run')).stdout.trim().split('\n')).toHaveLength(3);
  expect((await discard(bad, '--type', 'sleep', '--dry-run', '-o', 'human')).stderr).toContain('No jobs to discard.');
  const done = await discard(bad, '--reason', 'bad import', '--yes', '-o', 'human');
  expect(done).toMatchObject({ code: 0, stdout: '✓ done · 2 discarded\n' });
  expect((await ct('failures list -o id')).stdout).not.toContain(bad);
  expect((await ct('failures list --discarded -o human')).stdout).toMatch(/CAUSE .* DISCARDED +WHY .*\n.* bad import /);
  const [job = ''] = (await ct(`failures show ${bad} -o id`)).stdout.trim().split('\n');
  expect((await ct(`failures show ${bad} -o human`)).stdout).toMatch(/2 jobs .*\n {2}discarded \d+s ago: bad import\n/);
  expect((await ct(`jobs show ${job} -o human`)).stdout).toMatch(/\n {2}discarded \d+s ago: bad import\n/);

  const again = await discard(bad, '--yes');
  expect(again).toMatchObject({ code: 5, stdout: '' });
  expect(again.stderr).toContain(`were discarded\n`);
  expect((await ct(`failures retry ${bad} -y`)).stderr).toContain(`cloudtask failures restore ${bad}`);
  expect((await ct(`failures restore ${worse} -y`)).stderr).toContain('cloudtask failures list --discarded');
  expect(await needALook()).toBe(before - 2);

  expect(await ct(`failures restore ${bad} -y -o human`)).toMatchObject({ code: 0, stdout: '✓ done · 2 restored\n' });
  expect((await ct('failures list -o id')).stdout).toContain(bad);
  expect((await ct('failures list --discarded -o human')).stderr).toContain('Nothing was discarded.');
  await discard('--type', 'test.echo', '-y');
  expect(json<Status>((await ct('status --json')).stdout).attention).toEqual([]);
});

test('types: what they take, and a file for TypeScript that --check compares', async () => {
  expect(json<TypeInfo[]>((await ct('types list --json')).stdout).map(({ type }) => type)).toContain('test.echo');
  expect((await ct('types show sleep -o human')).stdout).toMatch(/seconds\* {2}number \(0…300\)/);
  expect(json<object>((await ct('types show sleep --schema')).stdout)).toHaveProperty('properties.seconds');
  expect((await ct('types show sleeep')).stderr).toContain('Did you mean sleep?');
  expect(await ct('types generate --check')).toMatchObject({ code: 9, stdout: '' });
  expect(await ct('types generate')).toMatchObject({ code: 0, stdout: 'cloudtask.d.ts\n' });
  const text = await readFile(join(platform.folder, 'cloudtask.d.ts'), 'utf8');
  expect(text).toContain("'test.echo': JobDefinition<");
  expect((await ct('types generate --out -')).stdout).toBe(text);
  expect(await ct('types generate --check --json')).toMatchObject({ code: 0 });
});

test('an example is a payload that fits, with the line that submits it', async () => {
  const example = json<object>((await ct('types show test.letter --example')).stdout);
  expect(example).toEqual({ to: 'ada@example.com', level: 'low', copies: 1 });
  const submitted = await platform.run(['submit', 'test.letter', '--payload', JSON.stringify(example), '--dry-run']);
  expect(submitted).toMatchObject({ code: 0, stderr: expect.stringContaining('fits test.letter') });
  expect((await ct('types show test.letter --example -o id')).stdout).toBe('test.letter\n');
  expect(await ct('types show test.echo --example')).toMatchObject({ code: 0, stdout: '{}\n' });
  expect((await ct('types show sleep --example --schema')).code).toBe(2);
});

test('--watch writes the file again when the types change, and Ctrl-C is exit 0', { timeout: 60_000 }, async () => {
  const server = await playServer({
    'GET /types': (_, response, nth) => {
      if (nth === 2) response.destroy();
      else answer(response, 200, nth < 4 ? [] : [aType('new.one')]);
    },
  });
  onTestFinished(server.close);
  const home = await cliHome();
  const env = { CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: 't' };
  const child = home.start(['types', 'generate', '--watch', '-o', 'jsonl'], { env });
  onTestFinished(() => void child.kill('SIGKILL'));
  const path = join(home.folder, 'cloudtask.d.ts');
  await eventually(async () => (await readFile(path, 'utf8').catch(() => '')).includes("'new.one'"), {
    timeoutMs: 30_000,
    describe: () => server.requests.length,
  });
  const ended = collect(child);
  child.kill('SIGINT');
  expect((await ended).code).toBe(0);
});

test('status names what needs a look, and --check makes it an exit code', async () => {
  await ct('queues pause default');
  const status = json<Status>((await ct('status --json')).stdout);
  expect(status).toMatchObject({ health: 'UP', user: { isOperator: true }, stats: { workers: { live: 1 } } });
  expect(status.attention.map(({ code }) => code)).toContain('QUEUE_PAUSED');
  expect(await ct('status --check -o none')).toMatchObject({ code: 9, stdout: '' });
  await ct('queues resume default');
  const other = await ct('status -p bob -o human');
  expect(other).toMatchObject({ code: 0 });
  expect(other.stdout).toContain('Nothing needs a look.');
});

test('a token is shown once, works at once, and no more after it was revoked', async () => {
  const made = await ct('tokens create ci --scope jobs:read --scope schedules:read --expires 1d --json');
  const { token, scopes } = json<NewApiToken>(made.stdout);
  expect(scopes).toEqual(['jobs:read', 'schedules:read']);
  const env = { CLOUDTASK_TOKEN: token, CLOUDTASK_URL: platform.url };
  expect((await ct('jobs list -n 1', { env })).code).toBe(0);
  expect(await ct('submit test.echo', { env })).toMatchObject({ code: 4, stdout: '' });
  const list = await ct('tokens list --json');
  expect(json<ApiToken[]>(list.stdout)).toMatchObject([{ name: 'ci', scopes }]);
  for (const { stdout, stderr } of [list, await ct('tokens list -o wide'), await ct('jobs list --debug', { env })]) {
    expect(stdout + stderr).not.toContain(token);
  }
  expect(await ct('tokens create ci --scope jobs:raed')).toMatchObject({ code: 2, stdout: '' });
  expect((await ct('tokens create ci --scope jobs:read')).code).toBe(6);
  expect((await ct('tokens revoke ci -o human')).stdout).toContain('ci (');
  expect((await ct('jobs list', { env })).code).toBe(4);
  expect((await ct('tokens revoke ci')).code).toBe(5);
});

test('api: any route, with fields as query or body, pages followed, and text as it is', async () => {
  const made = await ct('api /jobs -X POST type=test.echo payload.give=x');
  expect(json<object>(made.stdout)).toMatchObject({ type: 'test.echo', payload: { give: 'x' } });
  expect(json<object[]>((await ct('api jobs type=test.echo limit=1')).stdout)).toHaveLength(1);
  const all = json<object[]>((await ct('api /jobs limit=2 --paginate')).stdout);
  expect(all).toEqual(json<object[]>((await ct('jobs list --all --json')).stdout));
  expect((await ct('api /actuator/prometheus')).stdout).toContain('# TYPE jobs_created_total counter');
  expect(await ct('api /nothing')).toMatchObject({ code: 5, stdout: '' });
  const body = await ct('api /jobs --body - --include -o id', { input: '{"type":"test.echo"}' });
  expect(body.stderr).toMatch(/^201\n/);
});
