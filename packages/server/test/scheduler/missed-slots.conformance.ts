import { describe, expect, it } from 'vitest';
import { USER } from '../../../core/test/protocol/job-fixture.ts';
import { pauseSchedule, resumeSchedule, type ScheduleRow } from '../../src/store/schedules.ts';
import type { Firing } from './firing-fixture.ts';

/** What was missed because nobody fired it, or because it was not to be. */
export function missedSlotRules(firing: Firing): void {
  describe('schedulers that were away', () => {
    it.each([
      [
        'latest',
        [
          [1, 'missed'],
          [2, 'missed'],
          [3, 'fired'],
        ],
      ],
      [
        'none',
        [
          [1, 'missed'],
          [2, 'missed'],
          [3, 'missed'],
        ],
      ],
      [
        'all',
        [
          [1, 'fired'],
          [2, 'fired'],
          [3, 'fired'],
        ],
      ],
    ] as const)('come back to `%s`', async (catchUp, expected) => {
      const hours = { everyMs: 3_600_000, catchUp, onOverlap: 'allow' } as const;
      const schedule = await firing.schedules.schedule(hours);
      await firing.scheduling.pass(3.5 * 3_600_000);
      await firing.fireAll();
      expect((await firing.outcomes(schedule)).map(([after, outcome]) => [Number(after) / 3_600, outcome])).toEqual(
        expected,
      );
      expect((await firing.schedules.read(schedule)).nextAt?.getTime()).toBe(
        schedule.createdAt.getTime() + 4 * 3_600_000,
      );
      const previous = (await firing.schedules.jobs(schedule)).map(
        ({ previous_scheduled_for }) => previous_scheduled_for,
      );
      const slots = (await firing.schedules.jobs(schedule)).map(({ scheduled_for }) => scheduled_for);
      expect(previous).toEqual([null, ...slots].slice(0, slots.length));
    });

    it('make the newest thousand of the missed jobs with `all`, in parts, and delay nobody by it', async () => {
      const behind = await firing.schedules.schedule({ catchUp: 'all', onOverlap: 'allow' });
      const beside = await firing.schedules.schedule({ catchUp: 'all', onOverlap: 'allow' });
      await firing.scheduling.pass(2_500_000);
      const onTime = await firing.schedules.schedule();
      await firing.scheduling.pass(1_000);
      await firing.fire();
      expect(await firing.schedules.jobs(onTime)).toHaveLength(1);
      expect(await firing.schedules.jobs(behind)).toHaveLength(500);
      expect(await firing.schedules.jobs(beside)).toHaveLength(500);
      await firing.fireAll();
      const slots = (await firing.schedules.jobs(behind)).map(({ scheduled_for }) => scheduled_for?.getTime());
      const newest = Array.from({ length: 1_030 }, (_, n) => behind.createdAt.getTime() + (n + 1_472) * 1_000);
      expect(slots).toEqual(newest);
      expect((await firing.schedules.slots(behind)).filter(({ outcome }) => outcome !== 'fired')).toEqual([
        {
          after: 1_471,
          outcome: 'missed',
          jobId: null,
          detail: `with every slot since ${behind.nextAt?.toISOString()}`,
        },
      ]);
      expect(await firing.counted()).toEqual({ fired: 2_061, missed: 2, jobs: 2_061 });
    });

    it('give a turn to whoever needs one only, and to the others in the order of their last one', async () => {
      const old: ScheduleRow[] = [];
      for (let n = 0; n < 10; n += 1) old.push(await firing.schedules.schedule({ catchUp: 'all', onOverlap: 'allow' }));
      await firing.scheduling.pass(900_000);
      const [latest, all] = [await firing.schedules.schedule(), await firing.schedules.schedule({ catchUp: 'all' })];
      await firing.scheduling.pass(31_000);
      await firing.fire();
      expect(await firing.schedules.jobs(latest)).toHaveLength(1);
      await firing.fire();
      expect(await firing.schedules.jobs(all)).toHaveLength(1);
      expect((await firing.schedules.jobs(old[0] as ScheduleRow)).length).toBeLessThan(300);
    });

    it('make as many jobs in a turn as fit with their options, and judge all slots at once when few make jobs', async () => {
      const jobOptions = { metadata: { text: 'x'.repeat(16_000) } };
      const each = await firing.schedules.schedule({ catchUp: 'all', onOverlap: 'allow', jobOptions });
      const one = await firing.schedules.schedule({ catchUp: 'all', onOverlap: 'cancel', jobOptions });
      await firing.scheduling.pass(600_000);
      await firing.fire();
      expect((await firing.schedules.jobs(each)).length).toBeLessThan(260);
      await firing.fireAll();
      expect(await firing.schedules.jobs(each)).toHaveLength(600);
      expect(await firing.schedules.jobs(one)).toHaveLength(1);
    });

    it('make one job after a year of seconds with `latest`', async () => {
      const schedule = await firing.schedules.schedule({ onOverlap: 'allow' });
      await firing.scheduling.pass(366 * 86_400_000);
      await firing.fireAll();
      const slots = await firing.schedules.slots(schedule);
      const fired = slots.filter(({ outcome }) => outcome === 'fired');
      expect(fired.map(({ after }) => after)).toEqual([366 * 86_400]);
      expect(slots[0]?.detail).toBe(`with every slot since ${schedule.nextAt?.toISOString()}`);
    });
  });

  describe('a pause', () => {
    it('keeps a schedule from firing, and its end is like the return of the schedulers', async () => {
      const schedule = await firing.schedules.schedule({ everyMs: 60_000 });
      const ref = { userId: USER, ref: schedule.name };
      await pauseSchedule(firing.scheduling.database, { ...ref, reason: 'holiday' });
      await firing.scheduling.pass(180_000);
      await firing.fireAll();
      expect(await firing.outcomes(schedule)).toEqual([]);
      await resumeSchedule(firing.scheduling.database, ref);
      await firing.scheduling.pass(31_000);
      await firing.fireAll();
      expect(await firing.outcomes(schedule)).toEqual([
        [60, 'missed'],
        [120, 'missed'],
        [180, 'fired'],
      ]);
    });

    it('leaves nothing to fire with `none`, not even what came due just before its end', async () => {
      const schedule = await firing.schedules.schedule({ catchUp: 'none' });
      const ref = { userId: USER, ref: schedule.name };
      await pauseSchedule(firing.scheduling.database, { ...ref, reason: null });
      await firing.scheduling.pass(2_500);
      await resumeSchedule(firing.scheduling.database, ref);
      await firing.scheduling.pass(500);
      // A second one changes nothing.
      await resumeSchedule(firing.scheduling.database, ref);
      await firing.fireAll();
      expect(await firing.outcomes(schedule)).toEqual([
        [1, 'missed'],
        [2, 'missed'],
        [3, 'fired'],
      ]);
    });

    it('keeps a slot that waits, and it is fired afterwards', async () => {
      const schedule = await firing.schedules.schedule({ catchUp: 'none', onOverlap: 'queue' });
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      const ref = { userId: USER, ref: schedule.name };
      await pauseSchedule(firing.scheduling.database, { ...ref, reason: null });
      await firing.endLastJob(schedule);
      await firing.fireAll();
      expect(await firing.outcomes(schedule)).toEqual([[1, 'fired']]);
      await resumeSchedule(firing.scheduling.database, ref);
      await firing.fireAll();
      expect(await firing.outcomes(schedule)).toEqual([
        [1, 'fired'],
        [2, 'fired'],
      ]);
    });
  });
}
