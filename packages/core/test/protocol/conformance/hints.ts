import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { firstIdAt } from '../../../src/ids.ts';
import {
  dueDispatches,
  forgetDispatches,
  markDispatched,
  postponeDispatches,
  queuesWithBacklog,
  readBacklog,
} from '../../../src/protocol/dispatch.ts';
import { advanceDuty, holdDuty } from '../../../src/protocol/duties.ts';
import { releaseJobs, releaseJobsLater } from '../../../src/protocol/release.ts';
import { unhintAll, unhintSlice } from '../../../src/protocol/unhint.ts';
import type { Rules } from '../protocol.conformance.ts';
import { passTime } from '../protocol-tables.ts';

const NOT_PENDING = ['SCHEDULED', 'RUNNING', 'RETRYING', 'COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED'] as const;

export const hintRules: Rules = (jobs) => {
  describe('hints', () => {
    const backlog = (types = ['test.job'], limit = 100, queue = 'default') =>
      readBacklog(jobs().db, { queue, types, limit });
    const owed = async () => (await backlog()).map(({ id }) => id);

    it('that are owed are read in the order of their rank, for the types that somebody runs, up to a limit', async () => {
      const low = await jobs().submit({ hinted: false, priority: 1 });
      const high = await jobs().submit({ hinted: false, priority: 9 });
      const other = await jobs().submit({ hinted: false, type: 'other', priority: 5 });
      await jobs().submit({ hinted: false, type: 'nobody.runs.it' });
      await jobs().submit({ hinted: false, queue: 'mail' });
      await jobs().submit({ hinted: true });
      const read = await backlog(['test.job', 'other']);
      expect(read).toEqual([
        { id: high, type: 'test.job' },
        { id: other, type: 'other' },
        { id: low, type: 'test.job' },
      ]);
      expect(await backlog(['test.job', 'other'], 2)).toEqual(read.slice(0, 2));
      expect((await queuesWithBacklog(jobs().db)).toSorted()).toEqual(['default', 'mail']);
    });

    it('are no longer owed once the broker has them, and are looked at again later', async () => {
      const ids = [await jobs().submit({ hinted: false }), await jobs().submit({ hinted: false })];
      await markDispatched(jobs().db, { queue: 'default', ids, recheckMs: 15_000 });
      expect(await owed()).toEqual([]);
      expect(await queuesWithBacklog(jobs().db)).toEqual([]);
      expect(await dueDispatches(jobs().db, 10)).toEqual([]);
      await passTime(jobs().db, 15_000);
      const [due] = await dueDispatches(jobs().db, 10);
      expect(due?.jobIds.toSorted()).toEqual(ids.toSorted());
      expect(due).toMatchObject({ queue: 'default', ageMs: expect.closeTo(15_000, -3) });
    });

    it('that were not followed are owed again; a batch is looked at until it is forgotten', async () => {
      const [followed, lost] = [await jobs().submit({ hinted: false }), await jobs().submit({ hinted: false })];
      await markDispatched(jobs().db, { queue: 'default', ids: [followed, lost], recheckMs: 0 });
      await jobs().start(followed);
      await passTime(jobs().db, 0);
      const [due] = await dueDispatches(jobs().db, 10);
      if (!due) throw new Error('no dispatch is due');
      await postponeDispatches(jobs().db, [due.id], 1_000);
      expect(await dueDispatches(jobs().db, 10)).toEqual([]);
      await passTime(jobs().db, 1_000);
      expect(await dueDispatches(jobs().db, 10)).toHaveLength(1);
      await releaseJobs(jobs().db, due.jobIds);
      await forgetDispatches(jobs().db, [due.id]);
      expect(await owed()).toEqual([lost]);
      expect(await dueDispatches(jobs().db, 10)).toEqual([]);
    });

    it('are not noted as sent for a job that was claimed or ended meanwhile', async () => {
      const ids = [await jobs().submit({ hinted: false }), await jobs().submit({ hinted: false })];
      await jobs().start(ids[0] ?? '');
      await markDispatched(jobs().db, { queue: 'default', ids: ids.slice(0, 1), recheckMs: 0 });
      expect(await dueDispatches(jobs().db, 10)).toEqual([]);
      await markDispatched(jobs().db, { queue: 'default', ids: [...ids, randomUUID()], recheckMs: 0 });
      expect(await dueDispatches(jobs().db, 10)).toMatchObject([{ jobIds: [ids[1]] }]);
    });

    it('that a worker cannot follow are given back, at once or later', async () => {
      const [now, later] = [await jobs().submit(), await jobs().submit()];
      await releaseJobs(jobs().db, [now]);
      await releaseJobsLater(jobs().db, [later], 5_000);
      expect(await owed()).toEqual([now]);
      expect(await jobs().timers(later)).toMatchObject([{ kind: 'hint' }]);
      await releaseJobs(jobs().db, []);
      await releaseJobsLater(jobs().db, [], 1);
    });

    it.each(NOT_PENDING)('are never owed for a %s job', async (status) => {
      const { id } = await jobs().jobIn(status);
      const before = await jobs().state(id);
      await releaseJobs(jobs().db, [id]);
      await releaseJobsLater(jobs().db, [id], 0);
      await markDispatched(jobs().db, { queue: 'default', ids: [id], recheckMs: 0 });
      await unhintAll(jobs().db);
      await unhintSlice(jobs().db, { from: new Date(0), until: new Date(Date.now() + 86_400_000) });
      expect(await jobs().state(id)).toEqual(before);
      expect((await jobs().timers(id)).filter(({ kind }) => kind === 'hint')).toEqual([]);
    });

    it('of one slice of time are owed again when nobody followed them', async () => {
      const at = (time: string) => `${firstIdAt(new Date(time)).slice(0, -12)}${randomUUID().slice(-12)}`;
      const [before, inside, after] = [
        at('2026-01-01T00:00:09.999Z'),
        at('2026-01-01T00:00:10Z'),
        at('2026-01-01T00:00:20Z'),
      ];
      for (const id of [before, inside, after]) await jobs().submit({ id });
      const slice = { from: new Date('2026-01-01T00:00:10Z'), until: new Date('2026-01-01T00:00:20Z') };
      expect(await unhintSlice(jobs().db, slice)).toBe(1);
      expect(await owed()).toEqual([inside]);
      expect(await unhintSlice(jobs().db, slice)).toBe(0);
    });

    it('are all owed again after the broker was wiped', async () => {
      const ids = [await jobs().submit(), await jobs().submit()];
      const { id: running } = await jobs().jobIn('RUNNING');
      expect(await unhintAll(jobs().db)).toBe(2);
      expect((await owed()).toSorted()).toEqual(ids.toSorted());
      expect(await jobs().status(running)).toBe('RUNNING');
    });

    it('begin with their time: the smallest id of a millisecond is a UUIDv7', () => {
      expect(firstIdAt(new Date(0))).toBe('00000000-0000-7000-8000-000000000000');
      expect(firstIdAt(new Date('2026-01-01T00:00:00Z'))).toMatch(/^019b76da-a800-7000-8000-0{12}$/);
    });
  });

  describe('duties', () => {
    const [one, other] = [randomUUID(), randomUUID()];
    const hold = (holder: string, name = 'sweep') => holdDuty(jobs().db, { name, holder, holdMs: 10_000 });

    it('are held by one at a time, who may go on holding them', async () => {
      await passTime(jobs().db, 0);
      expect(await hold(one)).toEqual({ watermark: null });
      expect(await hold(other)).toBeNull();
      expect(await hold(other, 'another')).not.toBeNull();
      expect(await hold(one)).not.toBeNull();
    });

    it('pass on when their holder has not been heard of', async () => {
      await hold(one);
      await passTime(jobs().db, 10_001);
      expect(await hold(other)).not.toBeNull();
      expect(await hold(one)).toBeNull();
    });

    it('remember how far a sweep has come, and never go back', async () => {
      await hold(one);
      const [early, late] = [new Date('2026-01-01T00:00:00Z'), new Date('2026-01-01T00:01:00Z')];
      await advanceDuty(jobs().db, { name: 'sweep', watermark: late });
      await advanceDuty(jobs().db, { name: 'sweep', watermark: early });
      expect(await hold(one)).toEqual({ watermark: late });
    });
  });
};
