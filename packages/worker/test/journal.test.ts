import { fileURLToPath } from 'node:url';
import { createLogger } from '@cloudtask/core/logger';
import type { Json } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { linesOf, messagesOf, progressOf } from './support/journal-lines.ts';
import { RecordingLogger } from './support/recording-logger.ts';
import { TestPlatform } from './support/test-platform.ts';

const handlersFolder = fileURLToPath(new URL('./fixtures/speaking', import.meta.url));

describe.each(['inline', 'process'])('what a handler says (%s)', (isolation) => {
  let platform: TestPlatform;
  beforeAll(async () => {
    platform = await TestPlatform.inMemory();
    await platform.settleReports();
    await platform.worker([], { handlersFolder });
  });
  afterAll(() => platform.close());

  const submit = (type: string, payload: Json = null, options = {}) =>
    platform.submit(`${type}-${isolation}`, payload, options);
  async function run(type: string, payload: Json = null, options = {}) {
    const id = await submit(type, payload, options);
    await platform.finished(id);
    return id;
  }

  it('is there when the end is seen: lines in order, the last progress, the last checkpoint', async () => {
    const id = await run('speak');
    const lines = await linesOf(platform, id);
    expect(lines.map(({ level, message, attempt }) => [level, message, attempt])).toEqual([
      ['info', 'begun', 1],
      ['warn', 'smtp://ada:[redacted]@mail', 1],
      ['debug', 'done', 1],
    ]);
    expect(lines[0]?.fields).toEqual({ step: 1, password: '[redacted]' });
    expect(lines[1]?.fields).toBeNull();
    expect(await progressOf(platform, id)).toEqual({ n: 5, percent: null, message: null, data: { sent: 3 } });
    expect(lines.map(({ n }) => n)).toEqual([1, 4, 6]);
    const saved = await platform.query('select state from cloudtask.checkpoints where job_id = $1', [id]);
    expect(saved).toEqual([{ state: { row: 7 } }]);
  });

  it('is handed to the next attempt', async () => {
    const id = await submit('resume', null, { maxAttempts: 3, backoff: JSON.stringify({ kind: 'fixed', delayMs: 0 }) });
    for (const failures of [1, 2]) {
      await platform.jobWhen(id, (job) => job.failures === failures);
      await makeDue(platform, id);
      await platform.hint(`resume-${isolation}`, [id]);
    }
    expect(await platform.finished(id)).toMatchObject({ status: 'COMPLETED', result: { n: 3 } });
  });

  it('never throws into it, whatever it says', async () => {
    const id = await submit('unreadable');
    expect(await platform.finished(id)).toMatchObject({ status: 'COMPLETED', result: 'done' });
    expect((await linesOf(platform, id)).map(({ message, fields }) => [message, fields])).toEqual([
      ['a revoked proxy', { dropped: 'fields that cannot be read' }],
      ['a getter', { dropped: 'fields that cannot be read' }],
      ['toJSON', { own: { n: 1 } }],
    ]);
  });

  it.each(['complete', 'fail', 'snooze', 'time-out'])('is written before the attempt ends: %s', async (how) => {
    const id = await submit('end', how, { maxAttempts: 1, timeoutMs: 400 });
    await platform.jobWhen(id, ({ status }) => status !== 'PENDING' && status !== 'RUNNING');
    expect(await messagesOf(platform, id)).toEqual(['the last words', ...(how === 'fail' ? ['Error: no luck'] : [])]);
  });

  it('ends with where it threw and why, without secrets, also when it had said all that is kept', async () => {
    const id = await run('doomed', 10_001, { maxAttempts: 1 });
    const [threw, missing, ...more] = (await linesOf(platform, id)).slice(10_000);
    expect(threw).toMatchObject({ level: 'error', attempt: 1, message: 'TypeError: no postgres://ada:[redacted]@db' });
    const [at, ...causes] = String(threw?.fields?.['stack']).split('\n');
    expect(at).toMatch(/^at .*packages\/worker\/test\/fixtures\/speaking\/speaking\.ts:\d+:\d+\)?$/);
    expect(causes.slice(0, 2)).toEqual([
      'caused by RangeError: 21 is too many',
      expect.stringMatching(/^at refusal \(packages\/worker\/test\/fixtures\/speaking\/speaking\.ts:\d+:\d+\)$/),
    ]);
    expect(missing?.message).toMatch(/^1 more lines were dropped/);
    expect(more).toEqual([]);
  }, 30_000);

  it('has a limit of lines, and the last one says how many are missing', async () => {
    const id = await run('flood', 10_050);
    const messages = await messagesOf(platform, id);
    expect(messages).toHaveLength(10_001);
    expect(messages[9_999]).toBe('line 10000');
    expect(messages.at(-1)).toMatch(/^50 more lines were dropped: 10000 lines and 1048576 bytes/);
    expect(await progressOf(platform, id)).toMatchObject({ percent: 100 });
  }, 30_000);

  it('is cut, cleaned or dropped where it cannot be stored, and the log says what was dropped', async () => {
    const id = await run('bad');
    const [first, long, many, ...dropped] = await linesOf(platform, id);
    expect(first).toMatchObject({
      message: 'nul \ufffd, half \ufffd, whole \u{1f600}',
      fields: { 'key\ufffd': '\ufffd', big: '12', none: null },
    });
    expect(long?.message).toMatch(/^x{16381}…$/);
    expect(many).toMatchObject({ message: 'with fields', fields: { dropped: expect.stringMatching(/^fields of 40/) } });
    expect(new Set(dropped.map(({ level, message }) => `${level}: ${message}`))).toContain(
      'warn: checkpoint was dropped: it has 300002 bytes, 262144 are the most: store it elsewhere and keep a reference',
    );
    expect(dropped.at(-1)?.message).toMatch(/^(long ){3276}l…$/);
    expect(dropped.map(({ message }) => message)).toContain('progress was dropped: it is NaN, not a percentage');
    expect(await progressOf(platform, id)).toMatchObject({ percent: 100 });
    const saved = await platform.query('select state from cloudtask.checkpoints where job_id = $1', [id]);
    expect(saved).toEqual([{ state: { kept: true } }]);
  });
});

describe.each(['inline', 'process'])('what is kept of it (%s)', (isolation) => {
  it('is as serious as the setting says, and has no secret of the settings', async () => {
    const platform = await TestPlatform.inMemory();
    await platform.settleReports();
    const secret = 'a "known" secret';
    const destination = { write() {} };
    const logger = createLogger({ service: 'test', level: 'debug', format: 'json', destination, secrets: [secret] });
    await platform.worker([], { handlersFolder, jobLogLevel: 'info' }, { logger });
    const id = await platform.submit(`repeat-${isolation}`, secret);
    await platform.finished(id);
    expect((await linesOf(platform, id)).map(({ level, message, fields }) => [level, message, fields])).toEqual([
      ['info', 'it is [redacted].', { text: '<[redacted]>', list: ['[redacted]'] }],
    ]);
    await platform.close();
  }, 20_000);
});

describe('a handler in a child process', () => {
  let platform: TestPlatform;
  const log = new RecordingLogger();
  beforeAll(async () => {
    platform = await TestPlatform.inMemory();
    await platform.settleReports();
    await platform.worker([], { handlersFolder }, { logger: log });
  });
  afterAll(() => platform.close());

  it('speaks for its own job alone: what an earlier job left running is in no job’s log', async () => {
    const first = await platform.submit('leave', 'a secret');
    const { result: pid } = await platform.finished(first);
    const second = await platform.submit('hear', 'x');
    expect(await platform.finished(second)).toMatchObject({ result: pid });
    expect(await messagesOf(platform, first)).toEqual([]);
    expect((await linesOf(platform, second)).map(({ message, level, fields }) => [message, level, fields])).toEqual([
      ['heard', 'info', { stream: 'stdout' }],
      ['half a line', 'info', { stream: 'stdout' }],
    ]);
    const strayLines = () => log.lines.filter(({ fields }) => fields['childPid'] === pid && fields['stream']);
    await eventually(() => strayLines().length >= 4, { describe: strayLines });
    expect(new Set(strayLines().map(({ fields }) => fields['line']))).toEqual(
      new Set(['a secret by stdout', 'a secret by stderr', 'by native code', 'by a grandchild']),
    );
    expect(strayLines().every(({ fields }) => !('jobId' in fields))).toBe(true);
  }, 20_000);

  it('may talk in a loop without a pause and needs little memory for it', async () => {
    const id = await platform.submit('talkative-process', 300_000, { maxAttempts: 1 });
    const { status, result } = await platform.finished(id, 60_000);
    expect(status).toBe('COMPLETED');
    expect(result as number).toBeLessThan(250 * 1024 * 1024);
    const messages = await messagesOf(platform, id);
    expect(messages.length).toBeGreaterThan(5_000);
    expect(messages.at(-1)).toMatch(new RegExp(`^${300_000 - messages.length + 1} more lines were dropped`));
    expect(await progressOf(platform, id)).toMatchObject({ data: { n: 300_000 } });
    const saved = await platform.query("select state -> 'n' as n from cloudtask.checkpoints where job_id = $1", [id]);
    expect(saved).toEqual([{ n: 300_000 }]);
  }, 90_000);
});

async function makeDue(platform: TestPlatform, id: string): Promise<void> {
  await platform.query(
    `update cloudtask.job_states set status = 'PENDING', next_at = null, hinted = true where id = $1`,
    [id],
  );
}
