import { cancelJob } from '@cloudtask/core/protocol/cancel';
import { submitJobs } from '@cloudtask/core/protocol/submit';
import type { Json } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { RecordedSpans } from '../../../test/support/recorded-spans.ts';
import { isolatedHandlers } from './support/isolated-handlers.ts';
import { RecordingLogger } from './support/recording-logger.ts';
import { newJob, TestPlatform, USER } from './support/test-platform.ts';

describe('a handler in a child process', () => {
  let platform: TestPlatform;
  const log = new RecordingLogger();

  beforeAll(async () => {
    process.env['CLOUDTASK_TEST_SECRET'] = 'x';
    process.env['ANY_SECRET'] = 'x';
    process.env['WANTED_HERE'] = 'x';
    platform = await TestPlatform.inMemory();
    await platform.settleReports();
    await platform.worker([], { handlersFolder: isolatedHandlers, childEnv: ['WANTED_HERE'] }, { logger: log });
  });
  afterAll(async () => {
    await platform.close();
    for (const name of ['CLOUDTASK_TEST_SECRET', 'ANY_SECRET', 'WANTED_HERE']) delete process.env[name];
  });

  async function run(type: string, payload: Json = null, options = {}) {
    return await platform.finished(await platform.submit(type, payload, options));
  }

  it('runs there, one job after the other in the same process', async () => {
    const first = await run('pid');
    expect(first).toMatchObject({ status: 'COMPLETED', result: expect.any(Number), fence: 1 });
    expect(first.result).not.toBe(process.pid);
    expect((await run('pid')).result).toBe(first.result);
  });

  it('never shares its process with another job that runs', async () => {
    const ids = await platform.submitMany('obey-well', [null, null, null], { timeoutMs: 3_000 });
    const jobs = await Promise.all(ids.map((id) => platform.finished(id)));
    const pids = jobs.map(({ result }) => (result as { pid: number }).pid);
    expect(new Set(pids).size).toBe(3);
  });

  it('is told about its job as inline, and has no other channel', async () => {
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const options = { tags: ['t'], metadata: { k: 1 }, maxAttempts: 1, traceparent };
    const id = await platform.submit('context', { a: [1, 'ä'] }, options);
    const { leftMs, ...told } = (await platform.finished(id)).result as { leftMs: number };
    expect(told).toMatchObject({
      payload: { a: [1, 'ä'] },
      job: { id, type: 'context', queue: 'default', tags: ['t'], metadata: { k: 1 }, traceparent },
      attempt: 1,
      maxAttempts: 1,
      isLastAttempt: true,
      channel: 'undefined',
    });
    expect(leftMs).toBeGreaterThan(880_000);
    expect(leftMs).toBeLessThanOrEqual(900_000);
  });

  it('is told where its own run is in the trace of the job, while somebody records spans', async () => {
    const spans = new RecordedSpans();
    spans.register();
    onTestFinished(() => spans.unregister());
    const traceId = '0af7651916cd43dd8448eb211c80319c';
    const { result } = await run('context', null, { traceparent: `00-${traceId}-b7ad6b7169203331-01` });
    const own = spans.all(traceId).find(({ name }) => name === 'run context');
    expect(result).toMatchObject({ job: { traceparent: `00-${traceId}-${own?.spanId}-01` } });
  });

  it('sees nothing of the environment but what programs need and what is named', async () => {
    const names = (await run('environment')).result as string[];
    expect(names).toContain('PATH');
    expect(names).toContain('WANTED_HERE');
    expect(names.filter((name) => /CLOUDTASK|SECRET|DATABASE|VITEST/.test(name))).toEqual([]);
  });

  it('has its log and what it prints in the log of the worker', async () => {
    await run('talk');
    const lines = log.lines.filter(({ fields }) => fields['type'] === 'talk');
    expect(lines).toContainEqual({
      level: 'info',
      message: 'hello',
      fields: expect.objectContaining({ n: 1, err: expect.objectContaining({ message: 'in a field' }), attempt: 1 }),
    });
    const printed = lines
      .filter(({ level }) => level === 'debug')
      .map(({ fields }) => [fields['stream'], fields['line']]);
    expect(printed).toContainEqual(['stdout', 'printed']);
    expect(printed).toContainEqual(['stderr', 'complained']);
  });

  it.each([
    ['fatal', 'FAILED', { reason: 'NON_RETRYABLE', error: { code: 'NEVER', retryable: false } }],
    ['later', 'RETRYING', { nextInMs: 7_000 }],
    ['snooze', 'SCHEDULED', { failures: 0, nextInMs: 9_000 }],
    ['plainly', 'RETRYING', { failures: 1, error: { message: 'no luck', code: 'NO_LUCK', retryable: true } }],
  ])('that fails %s ends as inline', async (how, status, expected) => {
    const id = await platform.submit('fail', how);
    expect(await platform.jobWhen(id, (job) => job.status === status)).toMatchObject(expected);
  });

  it('has the same results refused and cleaned as inline', async () => {
    expect(await run('result', 'big')).toMatchObject({ status: 'FAILED', reason: 'RESULT_NOT_STORABLE' });
    expect(await run('result', 'nan')).toMatchObject({ status: 'FAILED', reason: 'RESULT_NOT_STORABLE' });
    expect((await run('result', 'nul')).result).toEqual({ 'a\ufffdb': 'c\ufffd\ufffdd' });
  });

  it('is told to stop at its timeout, and may still end well', async () => {
    expect(await run('obey', null, { timeoutMs: 1_000, maxAttempts: 1 })).toMatchObject({
      status: 'FAILED',
      reason: 'TIMEOUT',
    });
    expect((await run('obey-well', null, { timeoutMs: 1_000 })).result).toMatchObject({
      name: 'JobAbort',
      kind: 'timeout',
      graceMs: 10_000,
    });
  });

  it('is told to stop when its job is cancelled', async () => {
    const id = await platform.submit('obey');
    await platform.jobWhen(id, ({ status }) => status === 'RUNNING');
    await cancelJob(platform.parts.database, { id, userId: USER, reason: null });
    platform.parts.signals.ring('cancels', [{ id }]);
    expect(await platform.finished(id)).toMatchObject({ status: 'CANCELLED' });
  });

  it('runs there for a job whose worker was lost once, also when it is inline', async () => {
    expect((await run('inline-pid')).result).toBe(process.pid);
    const job = newJob('inline-pid', null);
    await submitJobs(platform.parts.database, [job], 600_000);
    await platform.query('update cloudtask.job_states set losses = 1 where id = $1', [job.id]);
    await platform.hint('inline-pid', [job.id]);
    const { status, result } = await platform.finished(job.id);
    expect(status).toBe('COMPLETED');
    expect(result).not.toBe(process.pid);
  });

  it('is counted', async () => {
    expect(await platform.parts.registry.metrics()).toMatch(/cloudtask_isolated_children\{.*\} [1-9]/);
  });
});
