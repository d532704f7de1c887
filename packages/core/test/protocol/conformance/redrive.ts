import { JOB_STATUSES, type JobStatus } from '@cloudtask/sdk/contract';
import { describe, expect, it } from 'vitest';
import { cancelJob } from '../../../src/protocol/cancel.ts';
import { fireTimers } from '../../../src/protocol/fire-timers.ts';
import { type RedriveAnswer, redriveJob } from '../../../src/protocol/redrive.ts';
import { settleAttempts } from '../../../src/protocol/settle.ts';
import { AGEING_MS, completed, failed, STRANGER, USER } from '../job-fixture.ts';
import type { Rules } from '../protocol.conformance.ts';
import { passTime } from '../protocol-tables.ts';

const EXPECTED: Record<JobStatus, [RedriveAnswer, JobStatus]> = {
  SCHEDULED: ['not_finished', 'SCHEDULED'],
  PENDING: ['not_finished', 'PENDING'],
  RUNNING: ['not_finished', 'RUNNING'],
  RETRYING: ['not_finished', 'RETRYING'],
  COMPLETED: ['completed', 'COMPLETED'],
  FAILED: ['pending', 'PENDING'],
  CANCELLED: ['pending', 'PENDING'],
  EXPIRED: ['pending', 'PENDING'],
};

export const redriveRules: Rules = (jobs) => {
  describe("a person's retry", () => {
    const redrive = (id: string, userId = USER) => redriveJob(jobs().db, { id, userId }, AGEING_MS);

    it.each(JOB_STATUSES)('of a %s job answers what became of it', async (status) => {
      const { id } = await jobs().jobIn(status);
      const [answer, after] = EXPECTED[status];
      expect(await redrive(id)).toBe(answer);
      expect(await jobs().status(id)).toBe(after);
    });

    it('owes a hint, forgets how the job ended, and gives it as many attempts again', async () => {
      const { id } = await jobs().jobIn('FAILED', { maxAttempts: 3 });
      await redrive(id);
      expect(await jobs().state(id)).toMatchObject({
        hinted: false,
        reason: null,
        error: null,
        failures: 1,
        attempt_limit: 4,
        fence: 2,
      });
      expect(await jobs().attempts(id)).toHaveLength(1);
    });

    it('with another payload runs the job with that', async () => {
      const { id } = await jobs().jobIn('FAILED');
      await redriveJob(jobs().db, { id, userId: USER, payload: '{"n":2}' }, AGEING_MS);
      const [job] = await jobs().claim([id], { workerId: await jobs().worker() });
      expect(job?.payload).toEqual({ n: 2 });
    });

    it('changes no payload of a job that is not retried', async () => {
      const { id } = await jobs().jobIn('PENDING');
      await redriveJob(jobs().db, { id, userId: USER, payload: '{"n":2}' }, AGEING_MS);
      const [job] = await jobs().claim([id], { workerId: await jobs().worker() });
      expect(job?.payload).toEqual({ n: 1 });
    });

    it('forgets the request to cancel', async () => {
      const { id } = await jobs().jobIn('CANCELLED');
      await redrive(id);
      expect(await jobs().state(id)).toMatchObject({ cancel_requested_at: null, cancel_reason: null });
      const attempt = await jobs().start(id);
      await jobs().settle(attempt, failed());
      expect(await jobs().status(id)).toBe('RETRYING');
    });

    it('counts losses as attempts and starts anew with the count that leads to POISON', async () => {
      const id = await jobs().submit();
      for (let n = 0; n < 3; n++) {
        const attempt = await jobs().start(id);
        await settleAttempts(jobs().db, [{ ...attempt, outcome: { kind: 'lost', workerId: attempt.workerId } }]);
      }
      expect(await jobs().state(id)).toMatchObject({ status: 'FAILED', reason: 'POISON', losses: 3 });
      await redrive(id);
      expect(await jobs().state(id)).toMatchObject({ failures: 3, losses: 0, attempt_limit: 8 });
      expect(await jobs().start(id)).toMatchObject({ attempt: 4 });
    });

    it('keeps out everything of the earlier life', async () => {
      const { id, last } = await jobs().jobIn('FAILED');
      if (!last) throw new Error('a failed job had an attempt');
      await redrive(id);
      expect(await jobs().settle(last, completed('old life'))).toBeUndefined();
      await jobs().start(id);
      expect(await jobs().settle(last, completed('old life'))).toBeUndefined();
      expect(await jobs().status(id)).toBe('RUNNING');
    });

    it('puts the job at the end of its priority, not where it stood before', async () => {
      const { id } = await jobs().jobIn('FAILED');
      const { rank } = await jobs().state(id);
      await passTime(jobs().db, 3_600_000);
      await redrive(id);
      expect((await jobs().state(id)).rank).toBeGreaterThanOrEqual(rank + 3_600_000);
    });

    it('of a job that was cancelled before it ran is not ended by its old time to live', async () => {
      const id = await jobs().submit({ ttlMs: 1_000 });
      await cancelJob(jobs().db, { id, userId: USER, reason: null });
      await redrive(id);
      // Whatever sets its timers again (an older program's replayed submit did), the fence says that it had a life before.
      await jobs()
        .db.kysely.insertInto('cloudtask.timers')
        .values({ job_id: id, kind: 'expire', due_at: new Date(0) })
        .execute();
      await fireTimers(jobs().db, 100);
      expect(await jobs().status(id)).toBe('PENDING');
    });

    it.each(JOB_STATUSES)('knows no %s job of another user', async (status) => {
      const { id } = await jobs().jobIn(status);
      const before = await jobs().state(id);
      expect(await redrive(id, STRANGER)).toBe('not_found');
      expect(await jobs().state(id)).toEqual(before);
    });
  });
};
