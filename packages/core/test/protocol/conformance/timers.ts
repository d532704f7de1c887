import { describe, expect, it } from 'vitest';
import { fireTimers, nextTimer } from '../../../src/protocol/fire-timers.ts';
import { releaseJobsLater } from '../../../src/protocol/release.ts';
import { interrupted, snoozed, USER } from '../job-fixture.ts';
import type { Rules } from '../protocol.conformance.ts';
import { passTime } from '../protocol-tables.ts';

export const timerRules: Rules = (jobs) => {
  describe('timers', () => {
    const fire = (limit = 100) => fireTimers(jobs().db, limit);

    it('move a delayed job and one that waits for its retry to PENDING when their time has come, and owe their hints', async () => {
      const scheduled = await jobs().submit({ delayMs: 60_000 });
      const { id: retrying } = await jobs().jobIn('RETRYING');
      expect(await fire()).toEqual({ taken: 0, fired: [] });
      await passTime(jobs().db, 60_000);
      const { taken, fired } = await fire();
      expect(taken).toBe(2);
      expect(fired.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toMatchObject(
        [scheduled, retrying].map((id) => ({ id, userId: USER, queue: 'default', status: 'PENDING' })),
      );
      expect(await jobs().state(retrying)).toMatchObject({ status: 'PENDING', hinted: false, next_at: null });
      expect(await jobs().timers(scheduled)).toEqual([]);
    });

    it('fire once', async () => {
      await jobs().submit({ delayMs: 1_000 });
      await passTime(jobs().db, 1_000);
      expect((await fire()).fired).toHaveLength(1);
      expect(await fire()).toEqual({ taken: 0, fired: [] });
    });

    it('are taken as many at a time as was asked for, the oldest first', async () => {
      const ids = [];
      for (const delayMs of [3_000, 1_000, 2_000]) ids.push(await jobs().submit({ delayMs }));
      await passTime(jobs().db, 3_000);
      expect(await fire(2)).toMatchObject({ taken: 2 });
      expect(await jobs().status(ids[0] ?? '')).toBe('SCHEDULED');
      expect((await fire(2)).fired.map(({ id }) => id)).toEqual([ids[0]]);
    });

    it('expire a job that has not started within its time to live', async () => {
      const [pending, scheduled] = [
        await jobs().submit({ ttlMs: 1_000 }),
        await jobs().submit({ delayMs: 500, ttlMs: 500 }),
      ];
      await passTime(jobs().db, 1_000);
      expect((await fire()).fired.map(({ status }) => status)).toEqual(['EXPIRED', 'EXPIRED']);
      expect(await jobs().state(pending)).toMatchObject({ status: 'EXPIRED', hinted: true, fence: 0 });
      expect(await jobs().state(scheduled)).toMatchObject({ status: 'EXPIRED', next_at: null });
    });

    it('do not expire a job that has started, whatever came of it', async () => {
      const attempts = [];
      for (let n = 0; n < 3; n++) attempts.push(await jobs().start(await jobs().submit({ ttlMs: 1_000 })));
      const [running, back, later] = attempts;
      if (!(running && back && later)) throw new Error('no attempt');
      await jobs().settle(back, interrupted(true));
      await jobs().settle(later, snoozed(60_000));
      await passTime(jobs().db, 1_000);
      expect(await fire()).toEqual({ taken: 3, fired: [] });
      expect(await jobs().status(running.jobId)).toBe('RUNNING');
      expect(await jobs().status(back.jobId)).toBe('PENDING');
      expect(await jobs().status(later.jobId)).toBe('SCHEDULED');
    });

    it('owe a hint again that was held back, if the job still waits', async () => {
      const [waiting, started] = [await jobs().submit(), await jobs().submit()];
      await releaseJobsLater(jobs().db, [waiting, started], 1_000);
      await jobs().start(started);
      expect((await jobs().state(waiting)).hinted).toBe(true);
      await passTime(jobs().db, 1_000);
      expect((await fire()).fired.map(({ id }) => id)).toEqual([waiting]);
      expect((await jobs().state(waiting)).hinted).toBe(false);
    });

    it('of a job that exists no longer are cleared away', async () => {
      const id = await jobs().submit({ delayMs: 1_000 });
      await jobs().db.kysely.deleteFrom('cloudtask.jobs').where('id', '=', id).execute();
      await jobs().db.kysely.deleteFrom('cloudtask.job_states').where('id', '=', id).execute();
      await passTime(jobs().db, 1_000);
      expect(await fire()).toEqual({ taken: 1, fired: [] });
      expect(await jobs().timers(id)).toEqual([]);
    });

    it('tell when the next one is due', async () => {
      expect(await nextTimer(jobs().db)).toBeNull();
      await passTime(jobs().db, 0);
      await jobs().submit({ delayMs: 5_000 });
      await jobs().submit({ delayMs: 3_000 });
      expect(await nextTimer(jobs().db)).toEqual({ inMs: 3_000 });
      await passTime(jobs().db, 10_000);
      expect(await nextTimer(jobs().db)).toEqual({ inMs: 0 });
    });
  });
};
