import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '@cloudtask/core/database/database';
import { migrate } from '@cloudtask/core/database/migrate';
import { openDatabase } from '@cloudtask/core/database/open-database';
import { readClock } from '@cloudtask/core/protocol/read-clock';
import { findViolations } from '@cloudtask/core/protocol/violations';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type CloudTaskProcess, startService } from '../support/cloudtask.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { describeServices } from '../support/services.ts';

// What the release has to show: CLOUDTASK_TEST_SCHEDULES=100 CLOUDTASK_TEST_SLOTS=60
const SCHEDULES = Number(process.env.CLOUDTASK_TEST_SCHEDULES ?? 20);
const SLOTS = Number(process.env.CLOUDTASK_TEST_SLOTS ?? 6);
const SCHEDULERS = 3;
const AWAY_SLOTS = 4;
const KILL_EVERY_SLOTS = 5;

describeServices('three schedulers that are killed in turn', ['postgres'], (urls) => {
  const schedulers: CloudTaskProcess[] = [];
  let own: TestDatabase;
  let database: Database;
  let env: Record<string, string>;

  beforeAll(async () => {
    own = await createDatabase(urls.postgres);
    database = await openDatabase({ url: own.url, applicationName: 'test', maxConnections: 2 });
    await migrate(database);
    env = { CLOUDTASK_DATABASE_URL: own.url, CLOUDTASK_METRICS_PORT: '0' };
    for (let n = 0; n < SCHEDULERS; n += 1) schedulers.push(await startService('scheduler', env));
  }, 60_000);

  afterAll(async () => {
    await Promise.all(schedulers.map((scheduler) => scheduler.end('SIGKILL')));
    await database?.close();
    await own?.drop();
  }, 30_000);

  /** Each second from two seconds after now on. */
  async function makeSchedules(): Promise<Date> {
    const start = new Date((await readClock(database)).getTime() + 2_000);
    await database.query(MAKE, [SCHEDULES, start, new Date(start.getTime() + 1_000)]);
    return start;
  }

  async function waitForSlot(start: Date, slot: number): Promise<void> {
    await pause(Math.max(0, start.getTime() + slot * 1_000 - (await readClock(database)).getTime()));
  }

  /** Kills those that are named, all at once, and starts others in their place. */
  async function replace(victims: readonly number[], meanwhile = async () => {}): Promise<void> {
    await Promise.all(victims.map((n) => schedulers[n]?.end('SIGKILL')));
    await meanwhile();
    const started = await Promise.all(victims.map(() => startService('scheduler', env)));
    for (const [index, n] of victims.entries()) schedulers[n] = started[index] as CloudTaskProcess;
  }

  /** What became of the first slots of the schedules that begin at `start`, as soon as all are there. */
  async function outcome(start: Date, slots: number) {
    const expected = SCHEDULES * slots;
    const count = () => countJobs(database, start, slots);
    await eventually(async () => (await count()).distinct >= expected, { timeoutMs: 20_000, describe: count });
    const { jobs, distinct, fired, ...late } = await count();
    return { slots: distinct, double: jobs - distinct, missing: expected - distinct, fired, late };
  }

  const timeout = 60_000 + SLOTS * 2_000;
  test(`fire ${SCHEDULES} schedules in each of ${SLOTS} seconds: no slot twice, none missing`, {
    timeout,
  }, async () => {
    const start = await makeSchedules();
    let kills = 0;
    for (let slot = 3; slot < SLOTS; slot += KILL_EVERY_SLOTS) {
      // As the slots come due, so that it dies in the middle of them.
      await waitForSlot(start, slot);
      await replace([kills % SCHEDULERS]);
      kills += 1;
    }
    await waitForSlot(start, SLOTS);
    const { slots, double, missing, fired, late } = await outcome(start, SLOTS);
    console.log(`slots=${slots} double=${double} missing=${missing} kills=${kills}`);
    console.log(`late by p50=${late.p50} ms p99=${late.p99} ms max=${late.max} ms`);
    expect({ double, missing, fired }).toEqual({ double: 0, missing: 0, fired: slots });
    expect(await findViolations(database)).toEqual([]);
  });

  test('fire what came due while all of them were dead, once', async () => {
    const start = await makeSchedules();
    await waitForSlot(start, 2);
    await replace([0, 1, 2], () => waitForSlot(start, 2 + AWAY_SLOTS));
    const { slots, double, missing, fired } = await outcome(start, 2 + AWAY_SLOTS);
    expect({ double, missing, fired }).toEqual({ double: 0, missing: 0, fired: slots });
    expect(await findViolations(database)).toEqual([]);
  });
});

interface Count {
  jobs: number;
  distinct: number;
  fired: number;
  p50: number;
  p99: number;
  max: number;
}

/** Of the first slots of the schedules that begin then. */
async function countJobs(database: Database, start: Date, slots: number): Promise<Count> {
  const [row] = await database.query<Count>(COUNT, [start, new Date(start.getTime() + slots * 1_000)]);
  if (!row) throw new Error('a count answered nothing');
  return row;
}

const MAKE = {
  name: 'test_make_schedules',
  text: `
  insert into cloudtask.schedules (id, user_id, name, type, payload, every_ms, timezone, dst_gap, dst_overlap, catch_up,
                                   on_overlap, job_options, created_at, updated_at, next_at)
  select gen_random_uuid(), gen_random_uuid(), 'second', 'test', 'null', 1000, 'UTC', 'after', 'first', 'all',
         'allow', '{}', $2::timestamptz, $2::timestamptz, $3::timestamptz
    from generate_series(1, $1::integer)`,
};

const COUNT = {
  name: 'test_count_slots',
  text: `
  select count(*) as jobs, count(distinct (schedule_id, scheduled_for)) as distinct,
         (select count(*) from cloudtask.schedule_slots join cloudtask.schedules s on s.id = schedule_id
           where s.created_at = $1::timestamptz and outcome = 'fired' and slot <= $2::timestamptz) as fired,
         round(percentile_cont(0.5) within group (order by late))::integer as p50,
         round(percentile_cont(0.99) within group (order by late))::integer as p99, round(max(late))::integer as max
    from cloudtask.schedules s join cloudtask.jobs j on j.schedule_id = s.id,
         lateral (select extract(epoch from j.created_at - scheduled_for)::float8 * 1000 as late) l
   where s.created_at = $1::timestamptz and scheduled_for <= $2::timestamptz`,
};
