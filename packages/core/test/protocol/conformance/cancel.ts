import { randomUUID } from 'node:crypto';
import { JOB_STATUSES, type JobStatus } from '@cloudtask/sdk/contract';
import { describe, expect, it } from 'vitest';
import { type CancelAnswer, cancelJob } from '../../../src/protocol/cancel.ts';
import { fireTimers } from '../../../src/protocol/fire-timers.ts';
import { completed, STRANGER, USER } from '../job-fixture.ts';
import type { Rules } from '../protocol.conformance.ts';
import { passTime } from '../protocol-tables.ts';

const EXPECTED: Record<JobStatus, [CancelAnswer, JobStatus]> = {
  SCHEDULED: ['cancelled', 'CANCELLED'],
  PENDING: ['cancelled', 'CANCELLED'],
  RETRYING: ['cancelled', 'CANCELLED'],
  RUNNING: ['requested', 'RUNNING'],
  COMPLETED: ['finished', 'COMPLETED'],
  FAILED: ['finished', 'FAILED'],
  CANCELLED: ['finished', 'CANCELLED'],
  EXPIRED: ['finished', 'EXPIRED'],
};

export const cancelRules: Rules = (jobs) => {
  describe('cancel', () => {
    const cancel = (id: string, userId = USER, reason: string | null = 'enough') =>
      cancelJob(jobs().db, { id, userId, reason });

    it.each(JOB_STATUSES)('answers for a %s job what became of it', async (status) => {
      const { id } = await jobs().jobIn(status);
      const [answer, after] = EXPECTED[status];
      expect(await cancel(id)).toBe(answer);
      expect(await jobs().status(id)).toBe(after);
    });

    it.each(['SCHEDULED', 'PENDING', 'RETRYING'] as const)(
      'leaves no timer and no hint of a %s job',
      async (status) => {
        const { id } = await jobs().jobIn(status, { ttlMs: 1_000, hinted: false });
        await cancel(id);
        expect(await jobs().timers(id)).toEqual([]);
        expect(await jobs().state(id)).toMatchObject({
          hinted: true,
          next_at: null,
          cancel_reason: 'enough',
          cancel_requested_at: null,
        });
        await passTime(jobs().db, 86_400_000);
        expect(await fireTimers(jobs().db, 100)).toEqual({ taken: 0, fired: [] });
      },
    );

    it('keeps the first request: asking again changes neither its time nor its reason', async () => {
      const { id } = await jobs().jobIn('RUNNING');
      await cancel(id, USER, 'first');
      const { cancel_requested_at } = await jobs().state(id);
      await passTime(jobs().db, 1_000);
      expect(await cancel(id, USER, 'second')).toBe('requested');
      expect(await jobs().state(id)).toMatchObject({ cancel_requested_at, cancel_reason: 'first' });
    });

    it('loses to a success, which keeps the request in sight', async () => {
      const attempt = await jobs().start(await jobs().submit());
      await cancel(attempt.jobId);
      await jobs().settle(attempt, completed());
      expect(await jobs().state(attempt.jobId)).toMatchObject({
        status: 'COMPLETED',
        cancel_requested_at: expect.any(Date),
      });
    });

    it.each(JOB_STATUSES)('knows no %s job of another user', async (status) => {
      const { id } = await jobs().jobIn(status);
      const before = await jobs().state(id);
      expect(await cancel(id, STRANGER)).toBe('not_found');
      expect(await cancel(randomUUID())).toBe('not_found');
      expect(await jobs().state(id)).toEqual(before);
    });
  });
};
