import type { Database, Queryable, Statement } from './database.ts';

/**
 * Moves the time of this database on, for development: it runs as before, so many milliseconds ahead of the machine's. Every
 * statement goes by `cloudtask.clock()`, so this is all of the platform's time.
 *
 * It is kept in the database, and time therefore never goes back there: at the next start what was due stays due, and a retry
 * that was set by the moved clock comes when it should. What runs is not touched by it: its worker stays live, and its start
 * and its deadline move along.
 */
export async function moveClock(db: Database, byMs: number): Promise<void> {
  if (db.shared) throw new Error('the clock of a shared database cannot be moved: others work by it');
  if (!(byMs >= 0)) throw new RangeError(`the clock cannot be moved by ${byMs} ms: time only goes on`);
  const aheadMs = Math.round((await readClockAheadMs(db)) + byMs);
  const by = `interval '${Math.ceil(byMs)} milliseconds'`;
  await db.script(`
    create or replace function cloudtask.clock() returns timestamptz language sql stable as
      'select pg_catalog.now() + interval ''${aheadMs} milliseconds''';
    update cloudtask.workers set heartbeat_at = heartbeat_at + ${by} where state in ('live', 'stopping');
    update cloudtask.claims set claimed_at = claimed_at + ${by}, deadline_at = deadline_at + ${by};
    update cloudtask.job_states set started_at = started_at + ${by} where status = 'RUNNING'`);
}

/** How far the time of this database is ahead of the machine's: 0 unless somebody moved it. */
export async function readClockAheadMs(db: Queryable): Promise<number> {
  const [row] = await db.query<{ aheadMs: number }>(READ_AHEAD, []);
  return row?.aheadMs ?? 0;
}

const READ_AHEAD: Statement = {
  name: 'read_clock_ahead',
  text: `select round(extract(epoch from cloudtask.clock() - pg_catalog.now()) * 1000)::float8 as "aheadMs"`,
};
