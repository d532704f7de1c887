import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Verification } from '@cloudtask/sdk';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { answer, playServer } from '../../sdk/test/support/play-server.ts';
import type { LookedUp } from '../src/jobs/look-up-jobs.ts';
import { readIds } from '../src/jobs/read-ids.ts';
import { startPlatform } from './support/platform.ts';
import { cliHome } from './support/run-cli.ts';

let platform: Awaited<ReturnType<typeof startPlatform>>;
beforeAll(async () => {
  platform = await startPlatform();
});
afterAll(() => platform.close());

const ct = (line: string, options: { input?: string } = {}) => platform.run(line.split(' '), options);
const submit = async (line: string) => (await ct(`submit test.echo ${line} -o id`)).stdout.trim();
const ABSENT = '0199d0f4-0000-7000-8000-00000000dead';

test('the server verifies all its jobs, for operators', async () => {
  await ct('run test.echo give=x');
  const ran = await ct('verify --json');
  expect(ran.code).toBe(0);
  const { checks, violations, jobs } = JSON.parse(ran.stdout) as Verification;
  expect([checks.length, violations, jobs.COMPLETED >= 1]).toEqual([14, [], true]);
  expect((await ct('verify -o human')).stdout).toMatch(/✓ \d+ jobs?, 14 promises: nothing is lost/);
  expect((await ct('verify -o id')).stdout).toBe('');
  expect(await ct('verify -p bob')).toMatchObject({ code: 4, stdout: '' });
});

test('a broken promise is exit 9, with the promise and the job', async () => {
  const jobId = '0199d0f4-0000-7000-8000-000000000001';
  const verification: Verification = {
    checkedAt: '2026-11-23T12:00:00.000Z',
    ms: 3,
    jobs: { SCHEDULED: 0, PENDING: 1, RUNNING: 0, RETRYING: 0, COMPLETED: 2, FAILED: 0, CANCELLED: 0, EXPIRED: 0 },
    checks: [{ id: 'I5', promise: 'a job that is due will be offered to the workers', violations: 1 }],
    violations: [{ check: 'I5', jobId, what: 'PENDING, and nobody will offer it again' }],
    isComplete: true,
  };
  const server = await playServer({ 'GET /verify': (_, response) => answer(response, 200, verification) });
  onTestFinished(server.close);
  const { run } = await cliHome();
  const env = { CLOUDTASK_URL: server.url, CLOUDTASK_TOKEN: 't' };
  const [human, ids] = [await run(['verify', '-o', 'human'], { env }), await run(['verify', '-o', 'id'], { env })];
  expect(human.code).toBe(9);
  expect(human.stdout).toContain('✗ 1 violation in 3 jobs');
  expect(human.stdout).toContain('I5  a job that is due will be offered to the workers');
  expect(human.stdout).toContain(`${jobId}  PENDING, and nobody will offer it again`);
  expect(ids).toMatchObject({ code: 9, stdout: `${jobId}\n` });
});

test('a file of ids: each job is there, and how it ended', async () => {
  const [done, failed, waits] = [await submit('give=x --wait'), await submit('fail=x'), await submit('--delay 1h')];
  await ct(`jobs wait ${failed}`);
  const lines = [done, '', JSON.stringify({ id: failed }), `{"index":2,"ok":true,"job":{"id":"${waits}"}}`, done];
  await writeFile(join(platform.folder, 'sent.ndjson'), [...lines, '{"index":3,"ok":false}', ''].join('\n'));
  const ran = await ct('verify sent.ndjson --json');
  expect(ran.code).toBe(0);
  expect(ran.stderr).toBe('1 line says that the job was refused.\n');
  expect(JSON.parse(ran.stdout)).toEqual({
    asked: 3,
    found: 3,
    byStatus: expect.objectContaining({ COMPLETED: 1, FAILED: 1, SCHEDULED: 1 }),
    unfinished: 1,
    missing: [],
  } satisfies LookedUp | object);
  expect((await ct('verify sent.ndjson --ended -o none')).code).toBe(9);
  await ct(`cancel ${waits}`);
  expect((await ct('verify sent.ndjson --ended -o none')).code).toBe(0);
});

test('a missing job is named, and is exit 9', async () => {
  const done = await submit('give=x');
  const input = `${done}\n${ABSENT}\n`;
  expect(await ct('verify - -o id', { input })).toMatchObject({ code: 9, stdout: `${ABSENT}\n` });
  const human = await ct('verify - -o human', { input });
  expect(human.stdout).toContain('✗ 1 of 2 jobs is missing');
  expect(human.stdout).toContain(ABSENT);
});

test("somebody else's job counts as missing", async () => {
  const done = await submit('give=x');
  expect(await ct('verify - -o id -p bob', { input: done })).toMatchObject({ code: 9, stdout: `${done}\n` });
});

test('a line that is no id is refused by its number, without a word of it', async () => {
  const ran = await ct('verify -', { input: `${ABSENT}\n{"card":"4111-s3cret"}\n` });
  expect(ran).toMatchObject({ code: 2, stdout: '' });
  expect(ran.stderr).toContain('line 2 of stdin is no id of a job');
  expect(ran.stderr).not.toContain('4111');
  expect(() => readIds('\n\n', 'empty.txt')).toThrow('empty.txt names no job');
});
