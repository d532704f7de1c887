import { cancelJob } from '@cloudtask/core/protocol/cancel';
import { FatalError, type JobAbort, RetryLater, Snooze } from '@cloudtask/sdk/handler-errors';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { TestPlatform, USER } from './support/test-platform.ts';

describe('a worker', () => {
  let platform: TestPlatform;

  beforeAll(async () => {
    platform = await TestPlatform.inMemory();
    await platform.settleReports();
    await platform.worker({
      double: (n) => (n as number) * 2,
      bad: () => {
        throw Object.assign(new Error('no luck'), { code: 'NO_LUCK' });
      },
      fatal: () => {
        throw new FatalError('never', { code: 'NEVER' });
      },
      later: () => {
        throw new RetryLater('7s');
      },
      snooze: () => {
        throw new Snooze('9s');
      },
      big: () => 'x'.repeat(300_000),
      nul: () => ({ 'a\0b': 'c\0\ud800d' }),
      nan: () => ({ n: Number.NaN }),
      wait: (_, { signal }) =>
        new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
      'wait-well': (_, { signal }) =>
        new Promise((resolve) =>
          signal.addEventListener('abort', () => resolve({ told: (signal.reason as JobAbort).kind })),
        ),
      context: (_, context) => ({
        attempt: context.attempt,
        maxAttempts: context.maxAttempts,
        isLastAttempt: context.isLastAttempt,
        job: { ...context.job, createdAt: context.job.createdAt.toISOString() },
        hasDeadline: context.deadline !== null,
      }),
    });
  });
  afterAll(() => platform.close());

  it('runs a job and has its result stored', async () => {
    const id = await platform.submit('double', 21);
    expect(await platform.finished(id)).toMatchObject({ status: 'COMPLETED', result: 42, fence: 1 });
  });

  it('runs a chunk of more jobs than it has slots; what found no slot in time is owed again', async () => {
    const ids = await platform.submitMany(
      'double',
      Array.from({ length: 200 }, (_, n) => n),
      { chunk: 50 },
    );
    await eventually(async () => {
      await platform.offerAgain('double');
      return (await platform.job(ids[199] as string)).result === 398;
    });
    await eventually(async () => {
      await platform.offerAgain('double');
      return (await platform.count('PENDING')) === 0;
    });
  });

  it('tries a job again after an error, with backoff and the error stored', async () => {
    const id = await platform.submit('bad');
    const job = await platform.jobWhen(id, ({ status }) => status === 'RETRYING');
    expect(job).toMatchObject({ failures: 1, error: { message: 'no luck', code: 'NO_LUCK', retryable: true } });
    expect(job.nextInMs).toBeGreaterThanOrEqual(2_500);
    expect(job.nextInMs).toBeLessThanOrEqual(5_000);
  });

  it('fails a job at its last attempt', async () => {
    const id = await platform.submit('bad', null, { maxAttempts: 1 });
    expect(await platform.finished(id)).toMatchObject({ status: 'FAILED', reason: 'ERROR' });
  });

  it('does not try again after a FatalError', async () => {
    const id = await platform.submit('fatal');
    expect(await platform.finished(id)).toMatchObject({
      status: 'FAILED',
      reason: 'NON_RETRYABLE',
      error: { code: 'NEVER', retryable: false },
    });
  });

  it('waits as long as RetryLater says', async () => {
    const id = await platform.submit('later');
    const job = await platform.jobWhen(id, ({ status }) => status === 'RETRYING');
    expect(job.nextInMs).toBe(7_000);
  });

  it('counts no attempt when the handler snoozes', async () => {
    const id = await platform.submit('snooze');
    const job = await platform.jobWhen(id, ({ status }) => status === 'SCHEDULED');
    expect(job).toMatchObject({ failures: 0, nextInMs: 9_000 });
  });

  it('refuses results that are too large or no JSON, and cleans text that PostgreSQL refuses', async () => {
    const [big, nan, nul] = await Promise.all(['big', 'nan', 'nul'].map((type) => platform.submit(type)));
    expect(await platform.finished(big as string)).toMatchObject({ status: 'FAILED', reason: 'RESULT_NOT_STORABLE' });
    expect(await platform.finished(nan as string)).toMatchObject({ status: 'FAILED', reason: 'RESULT_NOT_STORABLE' });
    expect((await platform.finished(nul as string)).result).toEqual({ 'a\ufffdb': 'c\ufffd\ufffdd' });
  });

  it('aborts a job at its timeout', async () => {
    const id = await platform.submit('wait', null, { timeoutMs: 100, maxAttempts: 1 });
    expect(await platform.finished(id)).toMatchObject({ status: 'FAILED', reason: 'TIMEOUT' });
  });

  it('aborts a job that is cancelled at once', async () => {
    const id = await platform.submit('wait');
    await platform.jobWhen(id, ({ status }) => status === 'RUNNING');
    expect(await cancelJob(platform.parts.database, { id, userId: USER, reason: null })).toBe('requested');
    platform.parts.signals.ring('cancels', [{ id }]);
    expect(await platform.finished(id, 1_000)).toMatchObject({ status: 'CANCELLED' });
  });

  it('lets a success win that comes before the handler stopped', async () => {
    const id = await platform.submit('wait-well');
    await platform.jobWhen(id, ({ status }) => status === 'RUNNING');
    await cancelJob(platform.parts.database, { id, userId: USER, reason: null });
    platform.parts.signals.ring('cancels', [{ id }]);
    expect(await platform.finished(id)).toMatchObject({ status: 'COMPLETED', result: { told: 'cancelled' } });
  });

  it('learns of a cancel by its heartbeat when the doorbell is silent', async () => {
    const id = await platform.submit('wait');
    await platform.jobWhen(id, ({ status }) => status === 'RUNNING');
    await cancelJob(platform.parts.database, { id, userId: USER, reason: null });
    expect(await platform.finished(id, 6_000)).toMatchObject({ status: 'CANCELLED' });
  });

  it('tells the handler about its job', async () => {
    const id = await platform.submit('context', null, { tags: ['a'], metadata: { k: 1 }, maxAttempts: 1 });
    expect((await platform.finished(id)).result).toMatchObject({
      attempt: 1,
      maxAttempts: 1,
      isLastAttempt: true,
      hasDeadline: true,
      job: { id, type: 'context', queue: 'default', tags: ['a'], metadata: { k: 1 } },
    });
  });

  it('puts a type it does not run off for a while, and acks the message', async () => {
    const id = await platform.submit('unknown-type');
    await eventually(async () => {
      const rows = await platform.query('select 1 from cloudtask.timers where job_id = $1 and kind = $2', [id, 'hint']);
      return rows.length === 1;
    });
    expect((await platform.job(id)).status).toBe('PENDING');
  });

  it('keeps what it cannot read in quarantine, and goes on', async () => {
    await platform.parts.broker.publish('jobs.created', Buffer.from('{"v":1,"jobs":[{"id":"nonsense"}]}'));
    await platform.parts.broker.publish('jobs.created', Buffer.from('\xff'));
    const id = await platform.submit('double', 1);
    await platform.finished(id);
    await eventually(async () => (await platform.parts.broker.depth('jobs.quarantine')).ready === 2);
    const counted = /cloudtask_quarantined_messages_total\{queue="jobs\.created",application="test"\} 2\n/;
    await eventually(async () => counted.test(await platform.parts.registry.metrics()));
  });

  it('ignores hints of jobs that are finished or do not exist', async () => {
    const id = await platform.submit('double', 1);
    await platform.finished(id);
    await platform.hint('double', [id, id, '00000000-0000-7000-8000-00000000dead']);
    const next = await platform.submit('double', 2);
    await platform.finished(next);
    expect((await platform.job(id)).fence).toBe(1);
  });
});
