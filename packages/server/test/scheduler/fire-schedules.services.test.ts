import type { Queryable } from '@cloudtask/core/database/database';
import { openDatabase } from '@cloudtask/core/database/open-database';
import { silentLogger } from '@cloudtask/core/logger';
import { submitJobsIn } from '@cloudtask/core/protocol/submit';
import { expect, it } from 'vitest';
import { createDatabase } from '../../../../test/support/database.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { describeServices } from '../../../../test/support/services.ts';
import { AGEING_MS, newJob, USER } from '../../../core/test/protocol/job-fixture.ts';
import { takeSchedules } from '../../src/store/schedule-turns.ts';
import { lockSchedule, setLastJob } from '../../src/store/schedules.ts';
import { firingConformance } from './fire-schedules.conformance.ts';
import { ScheduleFixture } from './schedule-fixture.ts';
import { openScheduling } from './scheduler-fixture.ts';

describeServices('schedules on PostgreSQL', ['postgres'], (urls) => {
  async function open() {
    const { url, drop } = await createDatabase(urls.postgres);
    const database = await openDatabase({ url, applicationName: 'test', maxConnections: 4, logger: silentLogger });
    return { database, close: drop };
  }

  firingConformance(open);

  it('a schedule belongs to one transaction at a time; others pass it over and do not wait', async () => {
    const { database, close } = await open();
    const scheduling = await openScheduling(database);
    try {
      const schedules = new ScheduleFixture(scheduling);
      await scheduling.pass(0);
      const [first, second] = [
        await schedules.schedule({ everyMs: 1_000 }),
        await schedules.schedule({ everyMs: 90_000 }),
      ];
      await scheduling.pass(60_000);
      const all = { limit: 10, limitMakingUp: 10, leftAlone: [] };
      await database.transaction(async (tx) => {
        expect((await takeSchedules(tx, all)).map(({ id }) => id)).toEqual([first.id]);
        await scheduling.pass(31_000);
        const others = await database.transaction((other) => takeSchedules(other, all));
        expect(others.map(({ id }) => id)).toEqual([second.id]);
      });
      const later = await database.transaction((tx) => takeSchedules(tx, all));
      expect(later.map(({ id }) => id).sort()).toEqual([first.id, second.id].sort());
    } finally {
      await scheduling.close();
      await close();
    }
  });

  it('a job that is made after the look began, and before the lock, counts as the last one', async () => {
    const { database, close } = await open();
    const scheduling = await openScheduling(database);
    try {
      await database.script(CLOCK_WITH_GATE);
      await scheduling.pass(0);
      const schedule = await new ScheduleFixture(scheduling).schedule();
      const job = newJob();
      const one = { limit: 1, limitMakingUp: 1, leftAlone: [] };
      const taken = await database.transaction(async (tx) => {
        // Planning asks for the time too, and before the look begins: it has to be over.
        await tx.query({ name: 'test_plan_once', text: 'set local plan_cache_mode = force_generic_plan' }, []);
        expect(await takeSchedules(tx, one)).toEqual([]);
        await scheduling.pass(1_000);
        const gate = await closeGate();
        const made = await makeJob(schedule.id, job);
        const looking = takeSchedules(tx, one);
        await eventually(async () => (await database.query(AT_THE_GATE, [])).length > 0);
        await made.commit();
        await gate.commit();
        return await looking;
      });
      expect(taken).toMatchObject([{ id: schedule.id, lastJobId: job.id, isLastJobOver: false }]);
    } finally {
      await scheduling.close();
      await close();
    }

    /** As a trigger or another scheduler does it; not committed yet. */
    function makeJob(scheduleId: string, job: ReturnType<typeof newJob>) {
      return held(async (tx) => {
        await lockSchedule(tx, { userId: USER, ref: scheduleId });
        await tx.query(PAST_THE_GATE, []);
        await submitJobsIn(tx, [job], AGEING_MS);
        await setLastJob(tx, scheduleId, job.id);
      });
    }

    function closeGate() {
      return held((tx) => tx.query({ name: 'test_close_gate', text: 'select pg_advisory_xact_lock(1)' }, []));
    }

    /** A transaction that has done its work, and waits for its commit. */
    async function held(work: (tx: Queryable) => Promise<unknown>) {
      const commit = Promise.withResolvers<void>();
      const done = Promise.withResolvers<void>();
      const over = database.transaction(async (tx) => {
        await work(tx);
        done.resolve();
        await commit.promise;
      });
      await Promise.race([done.promise, over]);
      return {
        commit: async () => {
          commit.resolve();
          await over;
        },
      };
    }
  });
});

/** Whoever asks for the time stands still at the gate while it is closed; but not who says that it may pass. */
const CLOCK_WITH_GATE = `
  create or replace function cloudtask.clock() returns timestamptz language plpgsql stable as $$ begin
    if current_setting('test.passes', true) is distinct from 'yes' then
      perform pg_advisory_lock_shared(1);
      perform pg_advisory_unlock_shared(1);
    end if;
    return coalesce((select at from public.test_clock), pg_catalog.now());
  end $$`;
const PAST_THE_GATE = { name: 'test_past_the_gate', text: `set local test.passes = 'yes'` };
const AT_THE_GATE = {
  name: 'test_at_the_gate',
  text: `select from pg_locks where locktype = 'advisory' and not granted
            and database = (select oid from pg_database where datname = current_database())`,
};
