import type { ClaimedJob } from '@cloudtask/core/protocol/claim';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import type { Attempt } from '../src/attempt.ts';
import type { AttemptEnd } from '../src/attempt-end.ts';
import { RunningJobs } from '../src/running-jobs.ts';

const job = { id: 'j', timeoutMs: 0, attempt: 1, attemptLimit: 5, maxAttempts: 5, extras: null } as ClaimedJob;
const claim = { token: 't', workerId: 1, unsettled: 1 };
const handler = { type: 'x', run: () => null, source: '' };

function runningJobs(run: (attempt: Attempt) => Promise<AttemptEnd | undefined>) {
  const ends: (AttemptEnd | undefined)[] = [];
  const running = new RunningJobs({ slots: 3, graceMs: 60, run, onStart() {}, onEnd: (_, end) => ends.push(end) });
  return { running, ends };
}

const done = { kind: 'completed', resultText: '1' } as const;

describe('the slots of a worker', () => {
  it('are taken while jobs run or are being claimed', async () => {
    const { running, ends } = runningJobs(async () => done);
    running.reserve(2);
    expect(running.free).toBe(1);
    running.start(job, claim, handler);
    expect(running.free).toBe(0);
    running.unreserve(2);
    await running.idle();
    expect(running.free).toBe(3);
    expect(ends).toEqual([done]);
  });

  it('are free again after the grace, whatever the handler does; what it returns later does not count', async () => {
    const late = Promise.withResolvers<AttemptEnd>();
    const { running, ends } = runningJobs(() => late.promise);
    running.start({ ...job, timeoutMs: 50 }, claim, handler);
    await running.idle();
    expect(ends).toMatchObject([{ kind: 'failed', reason: 'TIMEOUT', retryable: true }]);
    late.resolve(done);
    await late.promise;
    await new Promise(setImmediate);
    expect(ends).toHaveLength(1);
    expect(running.free).toBe(3);
  });

  it('end cancelled jobs as failures without another attempt, and lost ones without a word', async () => {
    const { running, ends } = runningJobs(() => new Promise(() => {}));
    running.start(job, claim, handler);
    running.abort('cancelled');
    await running.idle();
    running.start(job, claim, handler);
    running.abort('lease-lost');
    await running.idle();
    expect(ends).toMatchObject([{ kind: 'failed', reason: 'ERROR', retryable: false }, undefined]);
  });

  it('give a job that is being cancelled no longer than a shutdown has', async () => {
    const { running, ends } = runningJobs(() => new Promise(() => {}));
    running.start(job, claim, handler);
    running.abort('cancelled', { graceMs: 60_000 });
    running.abort('shutdown', { graceMs: 10 });
    await running.idle();
    expect(ends).toMatchObject([{ reason: 'ERROR', retryable: false }]);
  });

  it('tell a handler why through its signal, also when it asks late', async () => {
    const seen: unknown[] = [];
    const { running } = runningJobs(async ({ signal }) => {
      await new Promise((resolve) => setTimeout(resolve, 20));
      seen.push(signal.aborted, signal.reason.kind);
      return done;
    });
    running.start(job, claim, handler);
    running.abort('shutdown');
    await eventually(() => seen.length === 2);
    expect(seen).toEqual([true, 'shutdown']);
  });
});
