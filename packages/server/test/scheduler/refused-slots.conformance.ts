import { describe, expect, it } from 'vitest';
import { completed } from '../../../core/test/protocol/job-fixture.ts';
import type { Firing } from './firing-fixture.ts';

/** What becomes of a slot, and of others, when there can be no job of it. */
export function refusedSlotRules(firing: Firing): void {
  describe('a job that cannot be submitted', () => {
    it('is noted with the reason, and keeps neither later slots nor other schedules from firing', async () => {
      let isMisfit = true;
      const issue = { path: '/payload/n', message: 'must be string' };
      firing.schedules.types.set('test.job', {
        defaults: {},
        hasSchema: true,
        checkPayload: () => (isMisfit ? [issue] : []),
      });
      const schedule = await firing.schedules.schedule();
      const other = await firing.schedules.schedule({ type: 'other.job' });
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      isMisfit = false;
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      expect(await firing.schedules.slots(schedule)).toMatchObject([
        { after: 1, outcome: 'refused', jobId: null, detail: 'INVALID_PAYLOAD: /payload/n must be string.' },
        { after: 2, outcome: 'fired', detail: null },
      ]);
      expect(await firing.outcomes(other)).toEqual([
        [1, 'fired'],
        [2, 'overlap'],
      ]);
    });

    it('because its unique key is taken is noted too, and the next comes through when the key is free', async () => {
      const unique = { key: 'report' } as const;
      const holder = await firing.schedules.schedule({ jobOptions: { unique } });
      const late = await firing.schedules.schedule({ jobOptions: { unique } });
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      const all = [...(await firing.schedules.slots(holder)), ...(await firing.schedules.slots(late))];
      expect(all.map(({ outcome }) => outcome).sort()).toEqual(['fired', 'refused']);
      const fired = all.find(({ outcome }) => outcome === 'fired');
      expect(all.find(({ outcome }) => outcome === 'refused')).toMatchObject({
        jobId: null,
        detail: `UNIQUE_CONFLICT: The job ${fired?.jobId} has the unique key "report" and is PENDING.`,
      });
      await firing.scheduling.jobs.settle(await firing.scheduling.jobs.start(fired?.jobId ?? ''), completed());
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      const later = [...(await firing.schedules.slots(holder)), ...(await firing.schedules.slots(late))];
      expect(later.filter(({ outcome }) => outcome === 'fired')).toHaveLength(2);
    });

    it('replaces another job when its unique key says so', async () => {
      const schedule = await firing.schedules.schedule({
        onOverlap: 'allow',
        jobOptions: { unique: { key: 'report', onConflict: 'replace' } },
      });
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      const [first, second] = await firing.schedules.jobs(schedule);
      expect(await firing.scheduling.jobs.status(first?.id ?? '')).toBe('CANCELLED');
      expect(await firing.scheduling.jobs.status(second?.id ?? '')).toBe('PENDING');
    });

    it('because the database refuses it is noted, and its batch-mates fire', async () => {
      const before = await firing.schedules.schedule();
      // No schema stands before what is in the table already.
      const bad = await firing.schedules.schedule({ jobOptions: { maxAttempts: 100_000 } });
      const after = await firing.schedules.schedule();
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      expect([await firing.outcomes(before), await firing.outcomes(after)]).toEqual([[[1, 'fired']], [[1, 'fired']]]);
      const [slot] = await firing.schedules.slots(bad);
      expect(slot).toMatchObject({ outcome: 'refused', jobId: null });
      // Nothing of what PostgreSQL says.
      const sentence = 'The database cannot hold the job: change the payload or the options of the schedule.';
      expect(slot?.detail).toBe(`UNSTORABLE_VALUE: ${sentence}`);
    });

    it('leaves a schedule that cannot be decided due, and fires the others', async () => {
      const bad = await firing.schedules.schedule({ cron: '* * * * * *' });
      const good = await firing.schedules.schedule();
      await firing.scheduling.database.kysely
        .updateTable('cloudtask.schedules')
        .set({ timezone: 'Mars/Olympus' })
        .where('id', '=', bad.id)
        .execute();
      await firing.scheduling.pass(1_500);
      await firing.fireAll();
      expect(await firing.outcomes(good)).toEqual([[1, 'fired']]);
      expect(await firing.schedules.read(bad)).toMatchObject({ nextAt: bad.nextAt, firedSlot: null });
    });
  });
}
