import { describe, expect, it } from 'vitest';
import { cancelJob } from '../../../src/protocol/cancel.ts';
import { fireTimers } from '../../../src/protocol/fire-timers.ts';
import { findIdempotent } from '../../../src/protocol/idempotency-keys.ts';
import { redriveJob } from '../../../src/protocol/redrive.ts';
import type { NewJob } from '../../../src/protocol/submit.ts';
import { type OnConflict, submitUniqueJob } from '../../../src/protocol/submit-unique.ts';
import { AGEING_MS, completed, failed, interrupted, newJob, STRANGER, USER } from '../job-fixture.ts';
import type { Rules } from '../protocol.conformance.ts';
import { passTime } from '../protocol-tables.ts';

export const uniqueRules: Rules = (jobs) => {
  describe('a unique job', () => {
    const unique = (options: Partial<NewJob> = {}, until: 'started' | 'finished' = 'finished', key = 'k') => ({
      ...newJob(options),
      unique: { key, until },
    });
    const submit = (job: ReturnType<typeof unique>, onConflict: OnConflict = 'return') =>
      submitUniqueJob(jobs().db, job, { onConflict, ageingMs: AGEING_MS });

    it('is stored when nobody has its key', async () => {
      const job = unique();
      expect(await submit(job)).toMatchObject({ outcome: 'stored', replaced: null });
      expect(await jobs().state(job.id)).toMatchObject({ status: 'PENDING', unique_until: 'finished' });
    });

    it.each(['return', 'reject'] as const)('is not stored while another has its key (%s)', async (onConflict) => {
      const first = unique();
      await submit(first);
      const second = unique();
      expect(await submit(second, onConflict)).toEqual({ outcome: 'taken', jobId: first.id, status: 'PENDING' });
      await expect(jobs().state(second.id)).rejects.toThrow();
    });

    it('shares its key with nobody of another user, another type, or with another key', async () => {
      await submit(unique());
      for (const other of [unique({ userId: STRANGER }), unique({ type: 'other' }), unique({}, 'finished', 'l')]) {
        expect(await submit(other)).toMatchObject({ outcome: 'stored' });
      }
    });

    it('until started: keeps its key while it waits, and gives it back when it starts', async () => {
      const first = unique({ delayMs: 1_000 }, 'started');
      await submit(first);
      expect(await submit(unique({}, 'started'))).toMatchObject({ outcome: 'taken', status: 'SCHEDULED' });
      await passTime(jobs().db, 1_000);
      await fireTimers(jobs().db, 10);
      const attempt = await jobs().start(first.id);
      expect(await submit(unique({}, 'started'))).toMatchObject({ outcome: 'stored' });
      // Given back, it waits again, and does not ask for its key once more.
      await jobs().settle(attempt, interrupted(true));
      expect(await jobs().status(first.id)).toBe('PENDING');
    });

    it('until finished: keeps its key through attempts, and gives it back at each kind of end', async () => {
      const ends: Record<string, (id: string) => Promise<unknown>> = {
        COMPLETED: async (id) => jobs().settle(await jobs().start(id), completed()),
        FAILED: async (id) => jobs().settle(await jobs().start(id), failed({ retryable: false })),
        CANCELLED: (id) => cancelJob(jobs().db, { id, userId: USER, reason: null }),
        EXPIRED: async () => {
          await passTime(jobs().db, 10_000);
          await fireTimers(jobs().db, 10);
        },
      };
      for (const [status, end] of Object.entries(ends)) {
        const job = unique({ ttlMs: 10_000 });
        await submit(job);
        if (status !== 'EXPIRED') {
          await jobs().settle(await jobs().start(job.id), failed({ retryDelayMs: 0 }));
          await fireTimers(jobs().db, 10);
        }
        expect(await submit(unique())).toMatchObject({ outcome: 'taken', jobId: job.id });
        await end(job.id);
        expect(await jobs().status(job.id)).toBe(status);
        const next = unique();
        expect(await submit(next)).toMatchObject({ outcome: 'stored' });
        await cancelJob(jobs().db, { id: next.id, userId: USER, reason: null });
      }
    });

    it('replaces one that waits, and never one that runs', async () => {
      const first = unique();
      await submit(first);
      const second = unique();
      expect(await submit(second, 'replace')).toMatchObject({ outcome: 'stored', replaced: first.id });
      expect(await jobs().state(first.id)).toMatchObject({
        status: 'CANCELLED',
        cancel_reason: `replaced by ${second.id}`,
      });
      await jobs().start(second.id);
      expect(await submit(unique(), 'replace')).toEqual({ outcome: 'taken', jobId: second.id, status: 'RUNNING' });
      expect((await jobs().state(second.id)).cancel_requested_at).toBeNull();
    });

    it('takes its key again when a person retries it, or is not retried', async () => {
      const first = unique();
      await submit(first);
      await jobs().settle(await jobs().start(first.id), failed({ retryable: false }));
      const second = unique();
      await submit(second);
      const redrive = () => redriveJob(jobs().db, { id: first.id, userId: USER }, AGEING_MS);
      expect(await redrive()).toBe('unique_conflict');
      expect(await jobs().status(first.id)).toBe('FAILED');
      await cancelJob(jobs().db, { id: second.id, userId: USER, reason: null });
      expect(await redrive()).toBe('pending');
      expect(await submit(unique())).toMatchObject({ outcome: 'taken', jobId: first.id });
    });

    it('with an idempotency key: the key then stands for the job that was there', async () => {
      const first = unique();
      await submit(first);
      const idempotency = { key: 'i', bodyHash: 'h' };
      const second = unique({ idempotency });
      expect(await submit(second)).toMatchObject({ outcome: 'taken', jobId: first.id });
      expect(await findIdempotent(jobs().db, USER, ['i'])).toMatchObject([{ jobId: first.id, isConflict: true }]);
      expect(await submit(unique({ idempotency }, 'finished', 'other'))).toEqual({ outcome: 'key_taken' });
      // Nothing of the refused one is left: its unique key is free.
      expect(await submit(unique({}, 'finished', 'other'))).toMatchObject({ outcome: 'stored' });
    });

    it.each(['return', 'reject', 'replace'] as const)(
      'submitted again after a lost answer is the same job, whatever became of it (%s)',
      async (onConflict) => {
        const job = unique({ idempotency: { key: 'i', bodyHash: 'h' } });
        const first = await submit(job, onConflict);
        expect(await submit(job, onConflict)).toEqual(first);
        expect(await jobs().state(job.id)).toMatchObject({ status: 'PENDING', cancel_reason: null });
        await jobs().settle(await jobs().start(job.id), completed());
        expect(await submit(job, onConflict)).toEqual(first);
        const plain = unique({}, 'started', 'plain');
        const stored = await submit(plain, onConflict);
        await jobs().start(plain.id);
        expect(await submit(plain, onConflict)).toEqual(stored);
        expect(await jobs().status(plain.id)).toBe('RUNNING');
      },
    );

    it('is stored once however many submit it at the same moment', async () => {
      const answers = await Promise.all(Array.from({ length: 20 }, () => submit(unique())));
      expect(answers.filter(({ outcome }) => outcome === 'stored')).toHaveLength(1);
      expect(answers.filter(({ outcome }) => outcome === 'taken')).toHaveLength(19);
    });
  });
};
