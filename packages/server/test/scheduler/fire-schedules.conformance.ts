import type { Database } from '@cloudtask/core/database/database';
import { findViolations } from '@cloudtask/core/protocol/violations';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { completed, USER } from '../../../core/test/protocol/job-fixture.ts';
import { emptyTables } from '../../../core/test/protocol/protocol-tables.ts';
import { pauseSchedule, resumeSchedule, type ScheduleRow } from '../../src/store/schedules.ts';
import { ScheduleFixture } from './schedule-fixture.ts';
import { openScheduling, type Scheduling } from './scheduler-fixture.ts';

/** The same on every database. */
export function firingConformance(open: () => Promise<{ database?: Database; close?: () => Promise<void> }>): void {
  let scheduling: Scheduling;
  let schedules: ScheduleFixture;
  let given: Awaited<ReturnType<typeof open>>;
  let fire: () => Promise<{ inMs: number }>;
  beforeAll(async () => {
    given = await open();
    scheduling = await openScheduling(given.database);
  });
  beforeEach(async () => {
    await emptyTables(scheduling.database);
    await scheduling.pass(0);
    schedules = new ScheduleFixture(scheduling);
    fire = schedules.scheduler();
    await scheduling.rung('jobs');
    await scheduling.rung('backlog');
  });
  afterEach(async () => expect(await findViolations(scheduling.database)).toEqual([]));
  afterAll(async () => {
    await scheduling.close();
    await given.close?.();
  });

  /** Rounds until nothing is due. */
  async function fireAll(): Promise<void> {
    for (let round = 0; round < 100; round += 1) if ((await fire()).inMs > 0) return;
    throw new Error('there was no end to it');
  }

  const outcomes = async (schedule: ScheduleRow) =>
    (await schedules.slots(schedule)).map(({ after, outcome }) => [after, outcome]);

  async function endLastJob(schedule: ScheduleRow): Promise<void> {
    const { lastJobId } = await schedules.read(schedule);
    await scheduling.jobs.settle(await scheduling.jobs.start(lastJobId ?? ''), completed());
  }

  describe('a slot that is due', () => {
    it('makes a job that knows its slot, and rings for watchers and the dispatcher', async () => {
      const schedule = await schedules.schedule({ jobOptions: { queue: 'mail', priority: 7, tags: ['daily'] } });
      expect((await fire()).inMs).toBe(500);
      await scheduling.pass(1_000);
      await fireAll();
      const [job, ...more] = await schedules.jobs(schedule);
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
      expect(await scheduling.jobs.state(job?.id ?? '')).toMatchObject({ status: 'PENDING', hinted: false });
      expect(await scheduling.rung('jobs')).toEqual([{ id: job?.id, userId: USER }]);
      expect(await scheduling.rung('backlog')).toEqual([{ id: 'mail' }]);
      expect(await schedules.read(schedule)).toMatchObject({
        firedSlot: slot,
        lastJobId: job?.id,
        nextAt: new Date(slot.getTime() + 1_000),
      });
      await endLastJob(schedule);
      await scheduling.pass(1_000);
      await fireAll();
      expect((await schedules.jobs(schedule))[1]).toMatchObject({ previous_scheduled_for: slot });
    });

    it('is waited for no longer than it takes', async () => {
      await schedules.schedule();
      await scheduling.pass(900);
      expect(await fire()).toEqual({ inMs: 100 });
    });

    it('fires by its zone', async () => {
      const { database } = scheduling;
      await database.query({ name: 'test_at', text: 'update public.test_clock set at = $1::timestamptz' }, [
        '2030-03-30T12:00:00Z',
      ]);
      const schedule = await schedules.schedule({ cron: '30 2 * * *', timezone: 'Europe/Berlin' });
      await scheduling.pass(2 * 86_400_000);
      await fireAll();
      // 31 March: 02:30 does not exist there.
      const fired = (await schedules.jobs(schedule)).map(({ scheduled_for }) => scheduled_for?.toISOString());
      expect(fired).toEqual(['2030-04-01T00:30:00.000Z']);
      const [missed] = await schedules.slots(schedule);
      expect(missed).toMatchObject({ outcome: 'missed' });
      expect(new Date(schedule.createdAt.getTime() + (missed?.after ?? 0) * 1_000)).toEqual(
        new Date('2030-03-31T01:00:00Z'),
      );
    });

    it('gets the defaults that its type has now, and time to live', async () => {
      schedules.types.set('test.job', {
        defaults: { maxAttempts: 2, queue: 'own' },
        hasSchema: false,
        checkPayload: () => [],
      });
      const schedule = await schedules.schedule({ jobOptions: { ttl: '5m' } });
      await scheduling.pass(1_000);
      await fireAll();
      const [job] = await schedules.jobs(schedule);
      expect(job).toMatchObject({ max_attempts: 2, queue: 'own', ttl_ms: 300_000 });
      expect(await scheduling.jobs.timers(job?.id ?? '')).toMatchObject([{ kind: 'expire' }]);
    });
  });

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
      const schedule = await schedules.schedule(hours);
      await scheduling.pass(3.5 * 3_600_000);
      await fireAll();
      expect((await outcomes(schedule)).map(([after, outcome]) => [Number(after) / 3_600, outcome])).toEqual(expected);
      expect((await schedules.read(schedule)).nextAt?.getTime()).toBe(schedule.createdAt.getTime() + 4 * 3_600_000);
      const previous = (await schedules.jobs(schedule)).map(({ previous_scheduled_for }) => previous_scheduled_for);
      const slots = (await schedules.jobs(schedule)).map(({ scheduled_for }) => scheduled_for);
      expect(previous).toEqual([null, ...slots].slice(0, slots.length));
    });

    it('make every missed job with `all`, in parts, and delay nobody by it', async () => {
      const behind = await schedules.schedule({ catchUp: 'all', onOverlap: 'allow' });
      await scheduling.pass(2_500_000);
      const onTime = await schedules.schedule();
      await scheduling.pass(1_000);
      await fire();
      expect(await schedules.jobs(onTime)).toHaveLength(1);
      expect(await schedules.jobs(behind)).toHaveLength(1_000);
      await fireAll();
      const slots = (await schedules.jobs(behind)).map(({ scheduled_for }) => scheduled_for?.getTime());
      expect(slots).toEqual(Array.from({ length: 2_501 }, (_, n) => behind.createdAt.getTime() + (n + 1) * 1_000));
    });

    it('make one job after a year of seconds with `latest`', async () => {
      const schedule = await schedules.schedule({ onOverlap: 'allow' });
      await scheduling.pass(366 * 86_400_000);
      await fireAll();
      const fired = (await schedules.slots(schedule)).filter(({ outcome }) => outcome === 'fired');
      expect(fired.map(({ after }) => after)).toEqual([366 * 86_400]);
    });
  });

  describe('a schedule whose last job has not ended', () => {
    async function withRunning(options: Parameters<ScheduleFixture['schedule']>[0]) {
      const schedule = await schedules.schedule(options);
      await scheduling.pass(1_000);
      await fireAll();
      const { lastJobId } = await schedules.read(schedule);
      const attempt = await scheduling.jobs.start(lastJobId ?? '');
      await scheduling.rung('jobs');
      return { schedule, first: lastJobId ?? '', attempt };
    }

    it('passes its slot over with `skip`, and goes on after the end', async () => {
      const { schedule, attempt } = await withRunning({ onOverlap: 'skip' });
      await scheduling.pass(1_000);
      await fireAll();
      await scheduling.jobs.settle(attempt, completed());
      await scheduling.pass(1_000);
      await fireAll();
      expect(await outcomes(schedule)).toEqual([
        [1, 'fired'],
        [2, 'overlap'],
        [3, 'fired'],
      ]);
    });

    it('lets one slot wait with `queue`, and fires it at the end', async () => {
      const { schedule, attempt } = await withRunning({ onOverlap: 'queue' });
      await scheduling.pass(2_000);
      await fireAll();
      expect(await outcomes(schedule)).toEqual([
        [1, 'fired'],
        [3, 'overlap'],
      ]);
      expect((await schedules.read(schedule)).waitingSlot?.getTime()).toBe(schedule.createdAt.getTime() + 2_000);
      await scheduling.jobs.settle(attempt, completed());
      await fireAll();
      expect(await outcomes(schedule)).toEqual([
        [1, 'fired'],
        [2, 'fired'],
        [3, 'overlap'],
      ]);
      expect(await schedules.read(schedule)).toMatchObject({ waitingSlot: null });
    });

    it('cancels it with `cancel`, with a reason', async () => {
      const { schedule, first } = await withRunning({ onOverlap: 'cancel' });
      await scheduling.pass(1_000);
      await fireAll();
      const state = await scheduling.jobs.state(first);
      expect(state).toMatchObject({
        status: 'RUNNING',
        cancel_reason: `the schedule ${schedule.name} has come to its next slot`,
      });
      expect(state.cancel_requested_at).not.toBeNull();
      const second = (await schedules.read(schedule)).lastJobId;
      expect((await scheduling.rung('jobs')).map(({ id }) => id).sort()).toEqual([first, second].sort());
      // One that has not started is gone at once.
      await scheduling.pass(1_000);
      await fireAll();
      expect(await scheduling.jobs.status(second ?? '')).toBe('CANCELLED');
      expect(await outcomes(schedule)).toEqual([
        [1, 'fired'],
        [2, 'fired'],
        [3, 'fired'],
      ]);
    });

    it('fires all the same with `allow`', async () => {
      const { schedule } = await withRunning({ onOverlap: 'allow' });
      await scheduling.pass(1_000);
      await fireAll();
      expect(await outcomes(schedule)).toEqual([
        [1, 'fired'],
        [2, 'fired'],
      ]);
    });

    it.each(['COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED', 'gone'] as const)(
      'goes on after one that is %s',
      async (end) => {
        const schedule = await schedules.schedule();
        await scheduling.pass(1_000);
        await fireAll();
        const last = end === 'gone' ? crypto.randomUUID() : (await scheduling.jobs.jobIn(end)).id;
        await scheduling.database.kysely.updateTable('cloudtask.schedules').set({ last_job_id: last }).execute();
        const before = await schedules.jobs(schedule);
        await scheduling.pass(1_000);
        await fireAll();
        expect((await schedules.jobs(schedule)).length).toBeGreaterThan(before.length);
      },
    );
  });

  describe('a job that cannot be submitted', () => {
    it('is noted with the reason, and keeps neither later slots nor other schedules from firing', async () => {
      let isMisfit = true;
      const issue = { path: '/payload/n', message: 'must be string' };
      schedules.types.set('test.job', { defaults: {}, hasSchema: true, checkPayload: () => (isMisfit ? [issue] : []) });
      const schedule = await schedules.schedule();
      const other = await schedules.schedule({ type: 'other.job' });
      await scheduling.pass(1_000);
      await fireAll();
      isMisfit = false;
      await scheduling.pass(1_000);
      await fireAll();
      expect(await schedules.slots(schedule)).toMatchObject([
        { after: 1, outcome: 'refused', jobId: null, detail: 'INVALID_PAYLOAD: /payload/n must be string.' },
        { after: 2, outcome: 'fired', detail: null },
      ]);
      expect(await outcomes(other)).toEqual([
        [1, 'fired'],
        [2, 'overlap'],
      ]);
    });

    it('because its unique key is taken is noted too, and the next comes through when the key is free', async () => {
      const unique = { key: 'report' } as const;
      const holder = await schedules.schedule({ jobOptions: { unique } });
      const late = await schedules.schedule({ jobOptions: { unique } });
      await scheduling.pass(1_000);
      await fireAll();
      const all = [...(await schedules.slots(holder)), ...(await schedules.slots(late))];
      expect(all.map(({ outcome }) => outcome).sort()).toEqual(['fired', 'refused']);
      const fired = all.find(({ outcome }) => outcome === 'fired');
      expect(all.find(({ outcome }) => outcome === 'refused')).toMatchObject({
        jobId: null,
        detail: `UNIQUE_CONFLICT: The job ${fired?.jobId} has the unique key "report" and is PENDING.`,
      });
      await scheduling.jobs.settle(await scheduling.jobs.start(fired?.jobId ?? ''), completed());
      await scheduling.pass(1_000);
      await fireAll();
      const later = [...(await schedules.slots(holder)), ...(await schedules.slots(late))];
      expect(later.filter(({ outcome }) => outcome === 'fired')).toHaveLength(2);
    });

    it('replaces another job when its unique key says so', async () => {
      const schedule = await schedules.schedule({
        onOverlap: 'allow',
        jobOptions: { unique: { key: 'report', onConflict: 'replace' } },
      });
      await scheduling.pass(1_000);
      await fireAll();
      await scheduling.pass(1_000);
      await fireAll();
      const [first, second] = await schedules.jobs(schedule);
      expect(await scheduling.jobs.status(first?.id ?? '')).toBe('CANCELLED');
      expect(await scheduling.jobs.status(second?.id ?? '')).toBe('PENDING');
    });

    it('because the database refuses it is noted, and its batch-mates fire', async () => {
      const before = await schedules.schedule();
      // No schema stands before what is in the table already.
      const bad = await schedules.schedule({ jobOptions: { maxAttempts: 100_000 } });
      const after = await schedules.schedule();
      await scheduling.pass(1_000);
      await fireAll();
      expect([await outcomes(before), await outcomes(after)]).toEqual([[[1, 'fired']], [[1, 'fired']]]);
      const [slot] = await schedules.slots(bad);
      expect(slot).toMatchObject({ outcome: 'refused', jobId: null });
      expect(slot?.detail).toContain('UNSTORABLE_VALUE: The database refuses the job');
    });

    it('leaves a schedule that cannot be decided due, and fires the others', async () => {
      const bad = await schedules.schedule({ cron: '* * * * * *' });
      const good = await schedules.schedule();
      await scheduling.database.kysely
        .updateTable('cloudtask.schedules')
        .set({ timezone: 'Mars/Olympus' })
        .where('id', '=', bad.id)
        .execute();
      await scheduling.pass(1_500);
      await fireAll();
      expect(await outcomes(good)).toEqual([[1, 'fired']]);
      expect(await schedules.read(bad)).toMatchObject({ nextAt: bad.nextAt, firedSlot: null });
    });
  });

  describe('a pause', () => {
    it('keeps a schedule from firing, and its end is like the return of the schedulers', async () => {
      const schedule = await schedules.schedule({ everyMs: 60_000 });
      const ref = { userId: USER, ref: schedule.name };
      await pauseSchedule(scheduling.database, { ...ref, reason: 'holiday' });
      await scheduling.pass(180_000);
      await fireAll();
      expect(await outcomes(schedule)).toEqual([]);
      await resumeSchedule(scheduling.database, ref);
      await scheduling.pass(31_000);
      await fireAll();
      expect(await outcomes(schedule)).toEqual([
        [60, 'missed'],
        [120, 'missed'],
        [180, 'fired'],
      ]);
    });
  });

  it('a slot that somebody has fired already makes no second job', async () => {
    const schedule = await schedules.schedule({ onOverlap: 'allow' });
    await scheduling.pass(1_000);
    await fireAll();
    // As if the clock had been set back and the schedule changed since.
    await scheduling.database.kysely.updateTable('cloudtask.schedules').set({ next_at: schedule.nextAt }).execute();
    await scheduling.pass(1_000);
    await fireAll();
    const slots = (await schedules.jobs(schedule)).map(({ scheduled_for }) => scheduled_for?.getTime());
    expect(slots).toEqual([1_000, 2_000].map((ms) => schedule.createdAt.getTime() + ms));
  });
}
