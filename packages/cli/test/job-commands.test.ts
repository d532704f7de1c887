import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Explanation, Job, JobAction, JobLog } from '@cloudtask/sdk';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { startPlatform } from './support/platform.ts';

let platform: Awaited<ReturnType<typeof startPlatform>>;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.close());

const ct = (line: string, options: { input?: string; env?: Record<string, string> } = {}) =>
  platform.run(line.split(' '), options);
const failedJob = async (why: string) => (await ct(`submit test.echo fail=${why} --wait -o id`)).stdout.trim();
const json = <T>(text: string) => JSON.parse(text) as T;

test('run is a Unix command: the result on stdout, the rest on stderr', async () => {
  const text = await ct('run test.echo give=hello');
  expect(text).toMatchObject({ code: 0, stdout: 'hello\n' });
  expect(text.stderr).toContain('test.echo completed');
  const piped = await ct('run test.echo --payload - --logs', { input: '{"give":[1,{"a":2}]}' });
  expect(piped).toMatchObject({ code: 0, stdout: '[1,{"a":2}]\n' });
  expect(piped.stderr).toMatch(/info {3}one {2}step=1\n.*warn {3}two\n/);
});

test('a result of null is printed in every form', async () => {
  expect(await ct('run test.echo')).toMatchObject({ code: 0, stdout: 'null\n' });
  expect(await ct('result @last')).toMatchObject({ code: 0, stdout: 'null\n' });
  expect(await ct('result @last --json')).toMatchObject({ code: 0, stdout: 'null\n' });
  expect(await ct('result @last -o yaml')).toMatchObject({ code: 0, stdout: 'null\n' });
});

test('run without a result is exit 3, with the reason and what to do next', async () => {
  const ran = await ct('run test.echo fail=disk-full');
  expect(ran).toMatchObject({ code: 3, stdout: '' });
  expect(ran.stderr).toMatch(/ended FAILED: disk-full\n.*\n {2}Try: {3}cloudtask logs [0-9a-f]{8}\n/);
  const data = await ct('run test.echo fail=disk-full --json');
  expect(data.code).toBe(3);
  expect(json<Job>(data.stdout)).toMatchObject({ status: 'FAILED' });
  expect(json<object>(data.stderr)).toMatchObject({ error: { code: 'NON_RETRYABLE' } });
});

test('where a handler threw is shown wherever a person looks for it, once', async () => {
  const at = /at .*fixtures\/handlers\/\S+:\d+:\d+/g;
  const ran = await ct('run test.echo fail=no-rows');
  expect(ran.stderr.match(at)).toHaveLength(1);
  for (const line of ['logs @last -o wide', 'jobs show @last -o wide', 'watch @last -o wide']) {
    const { stdout } = await ct(line);
    expect(stdout, line).toContain('no-rows');
    expect(stdout.match(at), line).toHaveLength(1);
  }
  const [line] = json<JobLog[]>((await ct('logs @last --level error --json')).stdout);
  expect(line).toMatchObject({ message: 'FatalError: no-rows', fields: { stack: expect.stringMatching(at) } });
  const { fingerprint } = json<Job>((await ct('jobs show @last --json')).stdout).error ?? {};
  expect((await ct(`failures show ${fingerprint} -o wide`)).stdout.match(at)).toHaveLength(1);
  expect((await ct('run test.echo fail=no-rows --logs')).stderr.match(at)).toHaveLength(1);
});

test('jobs show has every attempt for people, and for programs with --attempts', async () => {
  const id = await failedJob('twice');
  await ct(`retry ${id}`);
  await ct(`jobs wait ${id}`);
  const { stdout } = await ct(`jobs show ${id} -o wide`);
  expect(stdout).toMatch(
    /✗ attempt 1 failed +\d\d:\d\d:\d\d +\S+ +\S+ +FatalError: twice\n.*waited.*\n.*✗ attempt 2 failed/,
  );
  const shown = json<Job & { attempts: unknown[] }>((await ct(`jobs show ${id} --attempts --json`)).stdout);
  expect(shown.attempts).toMatchObject([{ attempt: 1, outcome: 'failed' }, { attempt: 2 }]);
  expect(json<object>((await ct(`jobs show ${id} --json`)).stdout)).not.toHaveProperty('attempts');
});

test('run that does not end in time is exit 8, and the job goes on', async () => {
  const ran = await ct('run sleep seconds:=60 --timeout 200ms -o id');
  expect(ran).toMatchObject({ code: 8 });
  expect(await ct('result @last')).toMatchObject({ code: 8, stdout: '' });
  expect(await ct('jobs wait @last --timeout 100ms')).toMatchObject({ code: 8, stdout: '' });
  expect(json<Job[]>((await ct('cancel @last --json')).stdout)[0]).toMatchObject({ id: ran.stdout.trim() });
  expect(await ct('result @last --wait --timeout 10s')).toMatchObject({ code: 3, stdout: '' });
});

test('logs: all, the last ones, serious ones, and followed to the end', async () => {
  const { stdout } = await ct('submit test.echo --delay 400ms');
  const followed = await ct('logs @last -f');
  expect(followed).toMatchObject({ code: 0, stderr: '' });
  expect(followed.stdout).toMatch(/^\S+Z\t1\tinfo\tone\t{"step":1}\n\S+Z\t1\twarn\ttwo\t\n$/);
  const id = stdout.trim();
  expect(json<JobLog[]>((await ct(`logs ${id} --level warn --json`)).stdout).map(({ message }) => message)).toEqual([
    'two',
  ]);
  expect((await ct(`logs ${id} --tail 1 --fields message`)).stdout).toBe('two\n');
  expect((await ct(`logs ${id} --tail 0 -f`)).stdout).toBe('');
  expect(await ct(`logs ${id} --attempt 2 -o human`)).toMatchObject({ stdout: '', stderr: 'It has said nothing.\n' });
  expect((await ct(`logs ${id} --level wran`)).stderr).toContain('Did you mean warn?');
});

test('retry runs a job again, with its payload or a changed one', async () => {
  const id = await failedJob('once');
  expect(await ct(`retry ${id} give=better fail:=null`)).toMatchObject({ code: 0, stdout: `${id}\n` });
  expect((await ct(`jobs wait ${id} --timeout 10s`)).stdout).toBe(`${id}\tFAILED\n`);
  await ct(`retry ${id} --payload - give=best`, { input: '{"other":1}' });
  expect(await ct(`result ${id} --wait`)).toMatchObject({ code: 0, stdout: 'best\n' });
  expect(json<Job>((await ct(`jobs show ${id} --json`)).stdout).payload).toEqual({ other: 1, give: 'best' });
  expect(await ct(`retry ${id}`)).toMatchObject({ code: 6, stdout: '' });
});

test('a filter is counted first, needs a yes, and a failing canary is exit 3', async () => {
  const ids = await Promise.all(['broken', 'broken', 'broken'].map(failedJob));
  const dry = await ct('retry --type test.echo --q broken --dry-run --json');
  expect(json<{ matched: number }>(dry.stdout)).toMatchObject({ matched: 3, isExact: true });
  const asked = await ct('retry --type test.echo --q broken --json');
  expect(asked).toMatchObject({ code: 2, stdout: '' });
  expect(asked.stderr).toContain('--yes');
  const canary = await ct('retry --q broken --canary 1 --yes --json');
  expect(canary.code).toBe(3);
  expect(json<JobAction>(canary.stdout)).toMatchObject({ state: 'STOPPED', done: 1 });
  const all = await ct('retry --q broken --rate 100/s --yes --json');
  expect(all.code).toBe(0);
  expect(json<JobAction>(all.stdout)).toMatchObject({ state: 'DONE', done: 3, rate: 100 });
  expect((await ct(`jobs wait ${ids.join(' ')} --timeout 10s`)).code).toBe(3);
});

test('cancel takes several jobs, or a filter', async () => {
  const ids = [];
  for (let i = 0; i < 4; i++) ids.push((await ct('submit sleep seconds:=1 --delay 1h --tag late')).stdout.trim());
  const [a, b] = ids;
  expect((await ct(`cancel ${a} ${b} --dry-run -o id`)).stdout).toBe(`${a}\n${b}\n`);
  expect((await ct(`jobs show ${a} --fields status`)).stdout).toBe('status\tSCHEDULED\n');
  expect(await ct(`cancel ${a} ${b}`)).toMatchObject({ code: 0, stdout: `${a}\n${b}\n` });
  const ended = (await ct('submit test.echo --wait')).stdout;
  expect(await ct('cancel - -o id', { input: ended })).toMatchObject({ code: 6, stdout: '' });
  expect((await ct('cancel --tag late --dry-run -o id')).stdout.trim().split('\n').sort()).toEqual(ids.slice(2).sort());
  expect(json<JobAction>((await ct('cancel --tag late --reason enough -y --json')).stdout)).toMatchObject({ done: 2 });
  expect(await ct('cancel --tag late -y')).toMatchObject({ code: 0, stdout: '', stderr: 'No jobs to cancel.\n' });
  expect(await ct('cancel')).toMatchObject({ code: 2, stdout: '' });
  expect(await ct(`cancel ${a} --tag late`)).toMatchObject({ code: 2, stdout: '' });
});

test('jobs wait --any ends with the first', async () => {
  const slow = (await ct('submit sleep seconds:=60')).stdout.trim();
  const fast = (await ct('submit test.echo')).stdout.trim();
  expect(await ct(`jobs wait ${slow} ${fast} --any`)).toMatchObject({ code: 0, stdout: `${fast}\tCOMPLETED\n` });
  await ct(`cancel ${slow}`);
});

test('explain says why, for people and for programs', async () => {
  await ct('submit sleep seconds:=1 --delay 1h');
  const { stdout } = await ct('explain @last --json');
  expect(json<Explanation>(stdout)).toMatchObject({ status: 'SCHEDULED', verdict: 'waiting', next: { what: 'due' } });
  const human = await ct('explain @last -o human');
  expect(human.stdout).toMatch(/◷ sleep [0-9a-f]{8}/);
  expect(human.stdout).toMatch(/Next {5}it is due in 59m/);
  await ct('cancel @last');
});

test('jobs export writes every job once, as lines or as a table for spreadsheets', async () => {
  await ct('submit test.echo give==SUM(A1) --tag sheet --wait');
  const { stdout } = await ct('jobs export --tag sheet');
  expect(json<Job>(stdout)).toMatchObject({ type: 'test.echo', result: '=SUM(A1)' });
  expect((await ct('jobs export --tag sheet --format csv --fields type,result,payload')).stdout).toBe(
    `type,result,payload\ntest.echo,'=SUM(A1),"{""give"":""=SUM(A1)""}"\n`,
  );
  const lines = (await ct('jobs export')).stdout.trim().split('\n');
  expect(new Set(lines.map((line) => json<Job>(line).id)).size).toBe(lines.length);
});

test('a piped watch is one line per change, and the last one is not all of it', async () => {
  await ct('submit test.echo --delay 300ms');
  const yaml = await ct('watch @last --logs -o yaml');
  const kinds = parseAllDocuments(yaml.stdout).map((each) => (each.toJS() as { kind: string }).kind);
  expect(kinds.filter((kind) => kind === 'log')).toHaveLength(2);
  expect(kinds.filter((kind) => kind === 'status').length).toBeGreaterThan(1);
});

test('a type that nobody runs is accepted, with the one that was meant', async () => {
  const ran = await ct('submit test.ecoh --delay 1h');
  expect(ran.code).toBe(0);
  expect(ran.stderr).toContain('Did you mean test.echo?');
  await ct('cancel @last');
});

test('jobs are found by what is in them, and counted', async () => {
  const id = (await ct('run test.echo give=found customer=acme n:=7 -o id')).stdout.trim();
  const other = await failedJob('ENOSPC-here');
  expect((await ct('jobs list -f customer=acme -f n=7 -o id')).stdout.trim()).toBe(id);
  expect((await ct('jobs list -f customer=acme -f n:="7" -o id')).stdout).toBe('');
  expect((await ct('jobs list --error enospc-here -o id')).stdout.trim()).toBe(other);
  expect((await ct('jobs list --worker nobody --count')).stdout).toBe('0\n');
  expect((await ct('jobs list -f customer=acme --min-attempt 1 --count')).stdout).toBe('1\n');
  expect(json<object>((await ct('jobs list -f customer=acme --count --json')).stdout)).toEqual({
    count: 1,
    isExact: true,
  });
  const [first] = json<Job[]>((await ct('jobs list --order oldest -n 1 --json')).stdout);
  expect((first?.createdAt ?? '') < json<Job>((await ct(`jobs show ${id} --json`)).stdout).createdAt).toBe(true);
  expect(await ct('jobs list -f customer')).toMatchObject({
    code: 6,
    stderr: expect.stringContaining('to=ada@example.com'),
  });
  const refused = await ct('retry --type test.echo -f customer=acme');
  expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining('| cloudtask retry -') });
});

test('logs --since begins there, and goes on from there', async () => {
  await ct('run test.echo');
  expect((await ct('logs @last --since 1h')).stdout.match(/one|two/g)).toEqual(['one', 'two']);
  expect((await ct('logs @last --since 1h --tail 1')).stdout.match(/one|two/g)).toEqual(['two']);
  expect((await ct('logs @last --since 1ms')).stdout).toBe('');
  expect((await ct('logs @last --since 1ms -f')).stdout).toBe('');
  expect((await ct('logs @last --since 1h -f')).stdout.match(/one|two/g)).toEqual(['one', 'two']);
});

test('explain --retries is the plan alone', async () => {
  await ct('submit test.echo --delay 1h --max-attempts 3');
  const plan = json<{ attempt: number; at: string }[]>((await ct('explain @last --retries --json')).stdout);
  expect(plan.map(({ attempt }) => attempt)).toEqual([1, 2, 3]);
  expect((await ct('explain @last --retries')).stdout).toMatch(/^1\t\S+Z\t0\n2\t/);
  await ct('cancel @last');
  expect((await ct('explain @last --retries')).stdout).toBe('');
});

test('run --detach-after leaves the job running, with its id and exit 8', async () => {
  const ran = await ct('run sleep seconds:=60 --detach-after 200ms');
  expect(ran).toMatchObject({ code: 8, stdout: '' });
  expect(ran.stderr).toMatch(/The job goes on: [0-9a-f-]{36}\n/);
  expect(json<Job[]>((await ct('cancel @last --json')).stdout)).toHaveLength(1);
});

test('jobs pull --out keeps the job where somebody wants it', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cloudtask-pulled-'));
  const id = (await ct('run test.echo give=kept -o id')).stdout.trim();
  expect(await ct(`jobs pull ${id} --out ${folder}`)).toMatchObject({ code: 0 });
  expect(json<Job>(await readFile(join(folder, `${id}.json`), 'utf8'))).toMatchObject({
    id,
    payload: { give: 'kept' },
  });
  await rm(folder, { recursive: true });
});
