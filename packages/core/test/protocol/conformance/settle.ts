import { randomUUID } from 'node:crypto';
import type { FailureReason, JobStatus } from '@cloudtask/sdk/contract';
import { describe, expect, it } from 'vitest';
import type { Outcome } from '../../../src/messages.ts';
import { cancelJob } from '../../../src/protocol/cancel.ts';
import { settleAttempts } from '../../../src/protocol/settle.ts';
import { completed, failed, interrupted, snoozed, USER } from '../job-fixture.ts';
import type { Rules } from '../protocol.conformance.ts';

interface Case {
  outcome: Outcome | 'lost';
  /** Failures and losses before, of how many attempts in all. */
  failures?: number;
  losses?: number;
  limit?: number;
  cancelled?: boolean;
  then: JobStatus;
  reason?: FailureReason;
  /** How much is added to failures and losses. */
  counts?: [number, number];
  delayMs?: number;
  history?: string;
}

const hard = failed({ retryable: false, reason: 'NON_RETRYABLE' });
const CASES: Record<string, Case> = {
  'a success': { outcome: completed(), then: 'COMPLETED' },
  'a success at the last attempt': { outcome: completed(), failures: 4, then: 'COMPLETED' },
  'a success after a request to cancel': { outcome: completed(), cancelled: true, then: 'COMPLETED' },
  'a failure': { outcome: failed(), then: 'RETRYING', counts: [1, 0], delayMs: 5_000, history: 'failed' },
  'a failure before the last attempt': {
    outcome: failed(),
    failures: 2,
    losses: 1,
    then: 'RETRYING',
    counts: [1, 0],
    delayMs: 5_000,
    history: 'failed',
  },
  'a failure at the last attempt': {
    outcome: failed(),
    failures: 4,
    then: 'FAILED',
    reason: 'ERROR',
    counts: [1, 0],
    history: 'failed',
  },
  'a failure at the last attempt, losses counted': {
    outcome: failed(),
    failures: 2,
    losses: 2,
    then: 'FAILED',
    reason: 'ERROR',
    counts: [1, 0],
    history: 'failed',
  },
  'a failure of the only attempt': {
    outcome: failed({ reason: 'TIMEOUT' }),
    limit: 1,
    then: 'FAILED',
    reason: 'TIMEOUT',
    counts: [1, 0],
    history: 'failed',
  },
  'a failure that is not to be tried again': {
    outcome: hard,
    then: 'FAILED',
    reason: 'NON_RETRYABLE',
    counts: [1, 0],
    history: 'failed',
  },
  'a failure after a request to cancel': {
    outcome: failed(),
    cancelled: true,
    then: 'CANCELLED',
    history: 'cancelled',
  },
  'a last failure after a request to cancel': {
    outcome: hard,
    failures: 4,
    cancelled: true,
    then: 'CANCELLED',
    history: 'cancelled',
  },
  'the loss of its worker': { outcome: 'lost', then: 'PENDING', counts: [0, 1], history: 'lost' },
  'the second loss': { outcome: 'lost', losses: 1, then: 'PENDING', counts: [0, 1], history: 'lost' },
  'the third loss': { outcome: 'lost', losses: 2, then: 'FAILED', reason: 'POISON', counts: [0, 1], history: 'lost' },
  'a loss at the last attempt': {
    outcome: 'lost',
    failures: 4,
    then: 'FAILED',
    reason: 'WORKER_LOST',
    counts: [0, 1],
    history: 'lost',
  },
  'a loss at the only attempt': {
    outcome: 'lost',
    limit: 1,
    then: 'FAILED',
    reason: 'WORKER_LOST',
    counts: [0, 1],
    history: 'lost',
  },
  'a loss after a request to cancel': {
    outcome: 'lost',
    losses: 2,
    cancelled: true,
    then: 'CANCELLED',
    history: 'lost',
  },
  'an interruption': { outcome: interrupted(true), then: 'PENDING', history: 'interrupted' },
  'an interruption at the last attempt': {
    outcome: interrupted(true),
    failures: 4,
    then: 'PENDING',
    history: 'interrupted',
  },
  'an interruption of the only attempt': {
    outcome: interrupted(true),
    limit: 1,
    then: 'FAILED',
    reason: 'INTERRUPTED',
    counts: [1, 0],
    history: 'interrupted',
  },
  'an interruption before the only attempt began': {
    outcome: interrupted(false),
    limit: 1,
    then: 'PENDING',
    history: 'interrupted',
  },
  'an interruption after a request to cancel': {
    outcome: interrupted(true),
    cancelled: true,
    then: 'CANCELLED',
    history: 'cancelled',
  },
  'a snooze': { outcome: snoozed(7_000), then: 'SCHEDULED', delayMs: 7_000, history: 'snoozed' },
  'a snooze at the only attempt': {
    outcome: snoozed(7_000),
    limit: 1,
    then: 'SCHEDULED',
    delayMs: 7_000,
    history: 'snoozed',
  },
  'a snooze after a request to cancel': {
    outcome: snoozed(7_000),
    cancelled: true,
    then: 'CANCELLED',
    history: 'cancelled',
  },
};

export const settleRules: Rules = (jobs) => {
  describe('settle', () => {
    it.each(Object.entries(CASES))(
      '%s is recorded as it should be',
      async (_, { failures = 0, losses = 0, limit = 5, ...expected }) => {
        const id = await jobs().submit({ maxAttempts: limit });
        for (let n = 0; n < failures + losses; n++) await earlierEnd(id, n < losses ? 'losses' : 'failures');
        const attempt = await jobs().start(id);
        if (expected.cancelled) await cancelJob(jobs().db, { id, userId: USER, reason: 'enough' });
        const outcome =
          expected.outcome === 'lost' ? ({ kind: 'lost', workerId: attempt.workerId } as const) : expected.outcome;
        const before = await jobs().state(id);
        const [settled] = await settleAttempts(jobs().db, [{ ...attempt, userId: USER, outcome }]);
        const after = await jobs().state(id);
        const [addedFailures, addedLosses] = expected.counts ?? [0, 0];

        const queue = expected.then === 'PENDING' ? 'default' : undefined;
        expect(settled).toEqual({ id, status: expected.then, userId: USER, queue });
        expect(after).toMatchObject({
          status: expected.then,
          reason: expected.reason ?? null,
          claim_token: null,
          fence: before.fence,
          failures: failures + addedFailures,
          losses: losses + addedLosses,
          hinted: expected.then !== 'PENDING',
          result: expected.then === 'COMPLETED' ? 'done' : null,
        });
        expect(after.cancel_requested_at !== null).toBe(expected.cancelled === true);
        const due = expected.delayMs === undefined ? [] : [['due', expected.delayMs]];
        expect(
          (await jobs().timers(id)).map(({ kind, due_at }) => [kind, due_at.getTime() - after.updated_at.getTime()]),
        ).toEqual(due);
        const history = (await jobs().attempts(id)).filter(({ fence }) => fence === attempt.fence);
        expect(history.map(({ outcome, attempt: number, worker_id }) => [outcome, number, worker_id])).toEqual(
          expected.history ? [[expected.history, failures + losses + 1, attempt.workerId]] : [],
        );
      },
    );

    // The quick way to a job that has failed or was lost before: without waiting for its timer.
    async function earlierEnd(id: string, kind: 'failures' | 'losses'): Promise<void> {
      const attempt = await jobs().start(id);
      const outcome =
        kind === 'losses' ? ({ kind: 'lost', workerId: attempt.workerId } as const) : failed({ retryDelayMs: 0 });
      await settleAttempts(jobs().db, [{ ...attempt, userId: USER, outcome }]);
      await jobs().db.kysely.deleteFrom('cloudtask.timers').where('job_id', '=', id).execute();
      await jobs()
        .db.kysely.updateTable('cloudtask.job_states')
        .set({ status: 'PENDING', next_at: null })
        .where('id', '=', id)
        .execute();
    }

    it('stores the error of an attempt, with a fingerprint that does not change with numbers and names', async () => {
      const errorOf = async (message: string) => {
        const attempt = await jobs().start(await jobs().submit());
        await jobs().settle(attempt, failed({ message, name: 'SmtpError', code: 'E421' }));
        return (await jobs().state(attempt.jobId)).error;
      };
      const [one, other] = [await errorOf('user 17 at "a.example"'), await errorOf('user 18 at "b.example"')];
      expect(one).toEqual({
        code: 'E421',
        name: 'SmtpError',
        message: 'user 17 at "a.example"',
        attempt: 1,
        retryable: true,
        fingerprint: expect.stringMatching(/^[0-9a-f]{12}$/),
      });
      expect(other?.fingerprint).toBe(one?.fingerprint);
      expect((await errorOf('quota exceeded'))?.fingerprint).not.toBe(one?.fingerprint);
    });

    it('keeps the error of the last failure through an interruption, and forgets it at success', async () => {
      const { id, last } = await jobs().jobIn('RETRYING');
      await jobs().db.kysely.deleteFrom('cloudtask.timers').execute();
      await jobs().db.kysely.updateTable('cloudtask.job_states').set({ status: 'PENDING', next_at: null }).execute();
      await jobs().settle(await jobs().start(id), interrupted(true));
      expect((await jobs().state(id)).error).toMatchObject({ attempt: last?.attempt, code: 'ERROR' });
      await jobs().settle(await jobs().start(id), completed());
      expect((await jobs().state(id)).error).toBeNull();
    });

    it('changes nothing the second time, nor for a late report of an earlier attempt', async () => {
      const id = await jobs().submit();
      const first = await jobs().start(id);
      await jobs().settle(first, interrupted(true));
      expect(await jobs().settle(first, completed('late'))).toBeUndefined();
      const second = await jobs().start(id);
      expect(await jobs().settle(first, completed('later'))).toBeUndefined();
      expect(await jobs().settle(second, completed('right'))).toMatchObject({ status: 'COMPLETED' });
      expect(await jobs().settle(second, failed())).toBeUndefined();
      expect(await jobs().state(id)).toMatchObject({ status: 'COMPLETED', result: 'right' });
    });

    it('changes nothing for a forged report', async () => {
      const attempt = await jobs().start(await jobs().submit());
      expect(await jobs().settle({ ...attempt, claimToken: randomUUID() }, completed('forged'))).toBeUndefined();
      expect(await jobs().settle({ ...attempt, fence: 2 }, completed('forged'))).toBeUndefined();
      expect(await jobs().status(attempt.jobId)).toBe('RUNNING');
    });

    it('tells two attempts under one token apart by the fence', async () => {
      const id = await jobs().submit();
      const [workerId, token] = [await jobs().worker(), randomUUID()];
      const [first] = await jobs().claim([id], { workerId, token });
      const old = { jobId: id, fence: first?.fence ?? 0, claimToken: token, attempt: 1, workerId };
      await jobs().settle(old, interrupted(false));
      await jobs().claim([id], { workerId, token });
      expect(await jobs().settle(old, completed('late'))).toBeUndefined();
      expect(await jobs().status(id)).toBe('RUNNING');
    });

    it('settles what is left of a batch, and takes the first of two reports about one attempt', async () => {
      const attempts = [];
      for (let n = 0; n < 5; n++) attempts.push(await jobs().start(await jobs().submit()));
      const [done, ...open] = attempts;
      if (!done) throw new Error('no attempt');
      await jobs().settle(done, completed());
      const reports = attempts.flatMap((attempt) => [
        { ...attempt, outcome: completed() },
        { ...attempt, outcome: failed() },
      ]);
      const settled = await settleAttempts(jobs().db, reports);
      expect(settled.map(({ id, status }) => [id, status]).toSorted()).toEqual(
        open.map(({ jobId }) => [jobId, 'COMPLETED']).toSorted(),
      );
      for (const { jobId } of attempts) expect(await jobs().attempts(jobId)).toEqual([]);
      expect(await settleAttempts(jobs().db, [])).toEqual([]);
    });

    it('lets a failed job wait its turn by when it failed and how long it must wait', async () => {
      const attempt = await jobs().start(await jobs().submit());
      const { rank } = await jobs().state(attempt.jobId);
      await jobs().settle(attempt, failed({ retryDelayMs: 90_000 }));
      expect((await jobs().state(attempt.jobId)).rank).toBeGreaterThanOrEqual(rank + 90_000);
    });
  });
};
