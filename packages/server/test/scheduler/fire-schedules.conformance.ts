import { silentLogger } from '@cloudtask/core/logger';
import { describe, expect, it } from 'vitest';
import { completed, USER } from '../../../core/test/protocol/job-fixture.ts';
import { Firing, type OpenDatabase } from './firing-fixture.ts';
import { missedSlotRules } from './missed-slots.conformance.ts';
import { refusedSlotRules } from './refused-slots.conformance.ts';
import type { ScheduleFixture } from './schedule-fixture.ts';

/** The same on every database. */
export function firingConformance(open: OpenDatabase): void {
  const firing = new Firing(open);
  missedSlotRules(firing);
  refusedSlotRules(firing);

  describe('a slot that is due', () => {
    it('makes a job that knows its slot, and rings for watchers and the dispatcher', async () => {
      const schedule = await firing.schedules.schedule({ jobOptions: { queue: 'mail', priority: 7, tags: ['daily'] } });
      expect((await firing.fire()).inMs).toBe(500);
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      const [job, ...more] = await firing.schedules.jobs(schedule);
      expect(more).toEqual([]);
      const slot = new Date(schedule.createdAt.getTime() + 1_000);
      expect(job).toMatchObject({
        user_id: USER,
        type: 'test.job',
        payload: { n: 1 },
        queue: 'mail',
        priority: 7,
        tags: ['daily'],
        scheduled_for: slot,
        previous_scheduled_for: null,
      });
      expect(await firing.scheduling.jobs.state(job?.id ?? '')).toMatchObject({ status: 'PENDING', hinted: false });
      expect(await firing.scheduling.rung('jobs')).toEqual([{ id: job?.id, userId: USER }]);
      expect(await firing.scheduling.rung('backlog')).toEqual([{ id: 'mail' }]);
      expect(await firing.schedules.read(schedule)).toMatchObject({
        firedSlot: slot,
        lastJobId: job?.id,
        nextAt: new Date(slot.getTime() + 1_000),
      });
      await firing.endLastJob(schedule);
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      expect((await firing.schedules.jobs(schedule))[1]).toMatchObject({ previous_scheduled_for: slot });
    });

    it('is waited for no longer than it takes', async () => {
      await firing.schedules.schedule();
      await firing.scheduling.pass(900);
      expect(await firing.fire()).toEqual({ inMs: 100 });
    });

    it('fires by its zone', async () => {
      const { database } = firing.scheduling;
      await database.query({ name: 'test_at', text: 'update public.test_clock set at = $1::timestamptz' }, [
        '2030-03-30T12:00:00Z',
      ]);
      const schedule = await firing.schedules.schedule({ cron: '30 2 * * *', timezone: 'Europe/Berlin' });
      await firing.scheduling.pass(2 * 86_400_000);
      await firing.fireAll();
      // 31 March: 02:30 does not exist there.
      const fired = (await firing.schedules.jobs(schedule)).map(({ scheduled_for }) => scheduled_for?.toISOString());
      expect(fired).toEqual(['2030-04-01T00:30:00.000Z']);
      const [missed] = await firing.schedules.slots(schedule);
      expect(missed).toMatchObject({ outcome: 'missed' });
      expect(new Date(schedule.createdAt.getTime() + (missed?.after ?? 0) * 1_000)).toEqual(
        new Date('2030-03-31T01:00:00Z'),
      );
    });

    it('is told of in the log when it is the last one', async () => {
      const schedule = await firing.schedules.schedule();
      // What no body may say: an expression that has no time, as after a change of what is read from it.
      await firing.scheduling.database.kysely
        .updateTable('cloudtask.schedules')
        .set({ cron: '0 0 30 2 *', every_ms: null })
        .execute();
      const lines: object[] = [];
      const warn = (fields: object) => lines.push(fields);
      await firing.scheduling.pass(1_000);
      await firing.schedules.scheduler({ logger: { ...silentLogger, warn } })();
      expect((await firing.schedules.read(schedule)).nextAt).toBeNull();
      expect(lines).toMatchObject([{ scheduleId: schedule.id, cron: '0 0 30 2 *' }]);
    });

    it('gets the defaults that its type has now, and time to live', async () => {
      firing.schedules.types.set('test.job', {
        defaults: { maxAttempts: 2, queue: 'own' },
        hasSchema: false,
        checkPayload: () => [],
      });
      const schedule = await firing.schedules.schedule({ jobOptions: { ttl: '5m' } });
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      const [job] = await firing.schedules.jobs(schedule);
      expect(job).toMatchObject({ max_attempts: 2, queue: 'own', ttl_ms: 300_000 });
      expect(await firing.scheduling.jobs.timers(job?.id ?? '')).toMatchObject([{ kind: 'expire' }]);
    });
  });

  describe('a schedule whose last job has not ended', () => {
    async function withRunning(options: Parameters<ScheduleFixture['schedule']>[0]) {
      const schedule = await firing.schedules.schedule(options);
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      const { lastJobId } = await firing.schedules.read(schedule);
      const attempt = await firing.scheduling.jobs.start(lastJobId ?? '');
      await firing.scheduling.rung('jobs');
      return { schedule, first: lastJobId ?? '', attempt };
    }

    it('passes its slot over with `skip`, and goes on after the end', async () => {
      const { schedule, attempt } = await withRunning({ onOverlap: 'skip' });
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      await firing.scheduling.jobs.settle(attempt, completed());
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      expect(await firing.outcomes(schedule)).toEqual([
        [1, 'fired'],
        [2, 'overlap'],
        [3, 'fired'],
      ]);
    });

    it('lets one slot wait with `queue`, and fires it at the end', async () => {
      const { schedule, attempt } = await withRunning({ onOverlap: 'queue' });
      await firing.scheduling.pass(2_000);
      await firing.fireAll();
      expect(await firing.outcomes(schedule)).toEqual([
        [1, 'fired'],
        [3, 'overlap'],
      ]);
      expect((await firing.schedules.read(schedule)).waitingSlot?.getTime()).toBe(schedule.createdAt.getTime() + 2_000);
      await firing.scheduling.jobs.settle(attempt, completed());
      await firing.fireAll();
      expect(await firing.outcomes(schedule)).toEqual([
        [1, 'fired'],
        [2, 'fired'],
        [3, 'overlap'],
      ]);
      expect(await firing.schedules.read(schedule)).toMatchObject({ waitingSlot: null });
    });

    it('cancels it with `cancel`, with a reason', async () => {
      const { schedule, first } = await withRunning({ onOverlap: 'cancel' });
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      const state = await firing.scheduling.jobs.state(first);
      expect(state).toMatchObject({
        status: 'RUNNING',
        cancel_reason: `the schedule ${schedule.name} has come to its next slot`,
      });
      expect(state.cancel_requested_at).not.toBeNull();
      const second = (await firing.schedules.read(schedule)).lastJobId;
      expect((await firing.scheduling.rung('jobs')).map(({ id }) => id).sort()).toEqual([first, second].sort());
      // One that has not started is gone at once.
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      expect(await firing.scheduling.jobs.status(second ?? '')).toBe('CANCELLED');
      expect(await firing.outcomes(schedule)).toEqual([
        [1, 'fired'],
        [2, 'fired'],
        [3, 'fired'],
      ]);
    });

    it('fires all the same with `allow`', async () => {
      const { schedule } = await withRunning({ onOverlap: 'allow' });
      await firing.scheduling.pass(1_000);
      await firing.fireAll();
      expect(await firing.outcomes(schedule)).toEqual([
        [1, 'fired'],
        [2, 'fired'],
      ]);
    });

    it.each(['COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED', 'gone'] as const)(
      'goes on after one that is %s',
      async (end) => {
        const schedule = await firing.schedules.schedule();
        await firing.scheduling.pass(1_000);
        await firing.fireAll();
        const last = end === 'gone' ? crypto.randomUUID() : (await firing.scheduling.jobs.jobIn(end)).id;
        await firing.scheduling.database.kysely.updateTable('cloudtask.schedules').set({ last_job_id: last }).execute();
        const before = await firing.schedules.jobs(schedule);
        await firing.scheduling.pass(1_000);
        await firing.fireAll();
        expect((await firing.schedules.jobs(schedule)).length).toBeGreaterThan(before.length);
      },
    );
  });

  it('a slot that somebody has fired already makes no second job', async () => {
    const schedule = await firing.schedules.schedule({ onOverlap: 'allow' });
    await firing.scheduling.pass(1_000);
    await firing.fireAll();
    // As if the clock had been set back and the schedule changed since.
    await firing.scheduling.database.kysely
      .updateTable('cloudtask.schedules')
      .set({ next_at: schedule.nextAt })
      .execute();
    await firing.scheduling.pass(1_000);
    await firing.fireAll();
    const slots = (await firing.schedules.jobs(schedule)).map(({ scheduled_for }) => scheduled_for?.getTime());
    expect(slots).toEqual([1_000, 2_000].map((ms) => schedule.createdAt.getTime() + ms));
    // Nor is it counted again, nor taken for the slot before when it made none.
    expect(await firing.counted()).toEqual({ fired: 2, jobs: 2 });
  });

  it('a job is told the newest slot before its own that made a job', async () => {
    const schedule = await firing.schedules.schedule({ onOverlap: 'allow' });
    const at = (seconds: number) => new Date(schedule.createdAt.getTime() + seconds * 1_000);
    // Somebody has passed over the second one already.
    await firing.scheduling.database.kysely
      .insertInto('cloudtask.schedule_slots')
      .values({ schedule_id: schedule.id, slot: at(2), outcome: 'overlap', decided_at: at(0) })
      .execute();
    await firing.scheduling.pass(3_000);
    await firing.fireAll();
    const told = (await firing.schedules.jobs(schedule)).map((job) => [job.scheduled_for, job.previous_scheduled_for]);
    expect(told).toEqual([
      [at(1), null],
      [at(3), at(1)],
    ]);
  });
}
