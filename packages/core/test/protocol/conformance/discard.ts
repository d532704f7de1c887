import { JOB_STATUSES } from '@cloudtask/sdk/contract';
import { describe, expect, it } from 'vitest';
import { discardFailure, restoreFailure } from '../../../src/protocol/discard.ts';
import { redriveJob } from '../../../src/protocol/redrive.ts';
import { AGEING_MS, failed, STRANGER, USER } from '../job-fixture.ts';
import type { Rules } from '../protocol.conformance.ts';

export const discardRules: Rules = (jobs) => {
  describe("a person's word that a failure needs nothing more", () => {
    const discard = (id: string, { userId = USER, reason = 'bad import' as string | null } = {}) =>
      discardFailure(jobs().db, { id, userId, reason });
    const restore = (id: string, userId = USER) => restoreFailure(jobs().db, { id, userId });
    const listing = (id: string) =>
      jobs()
        .db.kysely.selectFrom('cloudtask.failures')
        .select(['discarded_at', 'discard_reason'])
        .where('job_id', '=', id)
        .executeTakeFirst();

    it('is kept with its time and reason, and changes nothing about the job', async () => {
      const { id } = await jobs().jobIn('FAILED');
      const before = await jobs().state(id);
      expect(await discard(id)).toBe('discarded');
      expect(await listing(id)).toEqual({ discarded_at: expect.any(Date), discard_reason: 'bad import' });
      expect(await jobs().state(id)).toEqual(before);
    });

    it('may be given without a reason', async () => {
      const { id } = await jobs().jobIn('FAILED');
      expect(await discard(id, { reason: null })).toBe('discarded');
      expect(await listing(id)).toEqual({ discarded_at: expect.any(Date), discard_reason: null });
    });

    it('given again keeps the first time and the first reason', async () => {
      const { id } = await jobs().jobIn('FAILED');
      await discard(id);
      const first = await listing(id);
      expect(await discard(id, { reason: 'another' })).toBe('unchanged');
      expect(await listing(id)).toEqual(first);
    });

    it('is taken back as if it had not been given, any number of times', async () => {
      const { id } = await jobs().jobIn('FAILED');
      await discard(id);
      expect(await restore(id)).toBe('restored');
      expect(await listing(id)).toEqual({ discarded_at: null, discard_reason: null });
      expect(await restore(id)).toBe('unchanged');
      expect(await discard(id)).toBe('discarded');
    });

    it('does not outlive a retry: what fails again is a new failure', async () => {
      const { id } = await jobs().jobIn('FAILED');
      await discard(id);
      expect(await redriveJob(jobs().db, { id, userId: USER }, AGEING_MS)).toBe('pending');
      expect(await listing(id)).toBeUndefined();
      await jobs().settle(await jobs().start(id), failed({ retryable: false }));
      expect(await listing(id)).toEqual({ discarded_at: null, discard_reason: null });
    });

    it.each(JOB_STATUSES.filter((status) => status !== 'FAILED'))('says nothing of a %s job', async (status) => {
      const { id } = await jobs().jobIn(status);
      expect([await discard(id), await restore(id)]).toEqual(['not_failed', 'not_failed']);
      expect(await listing(id)).toBeUndefined();
    });

    it("says nothing of another user's job", async () => {
      const { id } = await jobs().jobIn('FAILED');
      expect(await discard(id, { userId: STRANGER })).toBe('not_found');
      await discard(id);
      expect(await restore(id, STRANGER)).toBe('not_found');
      expect((await listing(id))?.discard_reason).toBe('bad import');
    });

    it('never has a reason without a time', async () => {
      const { id } = await jobs().jobIn('FAILED');
      const reasonAlone = jobs()
        .db.kysely.updateTable('cloudtask.failures')
        .set({ discard_reason: 'why' })
        .where('job_id', '=', id);
      await expect(reasonAlone.execute()).rejects.toThrow('failures_reason_of_discarded');
    });
  });
};
