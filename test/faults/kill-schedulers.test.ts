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

  test(`fire ${SCHEDULES} schedules in each of ${SLOTS} seconds: no slot twice, none missing`, {
    timeout: 60_000 + SLOTS * 2_000,
  }, async () => {
    const start = await makeSchedules();
    let kills = 0;
    for (let slot = KILL_EVERY_SLOTS / 2; slot < SLOTS; slot += KILL_EVERY_SLOTS) {
      await waitForSlot(start, slot);
      const victim = kills % SCHEDULERS;
      await schedulers[victim]?.end('SIGKILL');
      schedulers[victim] = await startService('scheduler', env);
      kills += 1;
    }
    const end = new Date(start.getTime() + SLOTS * 1_000);
    await waitForSlot(start, SLOTS);
    const expected = SCHEDULES * SLOTS;
    const count = () => countJobs(database, end);
    await eventually(async () => (await count()).distinct >= expected, { timeoutMs: 20_000, describe: count });
    // Each of them looks once more at everything.
    await Promise.all(schedulers.map((scheduler) => scheduler.end('SIGTERM')));
    const { jobs, distinct, fired, p50, p99, max } = await count();
    const [double, missing] = [jobs - distinct, expected - distinct];
    console.log(`slots=${distinct} double=${double} missing=${missing} kills=${kills}`);
    console.log(`late by p50=${p50} ms p99=${p99} ms max=${max} ms`);
    expect({ double, missing, fired }).toEqual({ double: 0, missing: 0, fired: expected });
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

async function countJobs(database: Database, end: Date): Promise<Count> {
  const [row] = await database.query<Count>(COUNT, [end]);
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
         (select count(*) from cloudtask.schedule_slots where outcome = 'fired' and slot <= $1::timestamptz) as fired,
         round(percentile_cont(0.5) within group (order by late))::integer as p50,
         round(percentile_cont(0.99) within group (order by late))::integer as p99, round(max(late))::integer as max
    from cloudtask.jobs, lateral (select extract(epoch from created_at - scheduled_for)::float8 * 1000 as late) l
   where scheduled_for <= $1::timestamptz`,
};
