import type { Database, Queryable, Statement } from './database.ts';

/**
 * Makes the time of this database stand where it is put, instead of running: for tests. Every statement goes by
 * `cloudtask.clock()`, so this is all of the platform's time. The time is a setting of the session, of which PGlite has
 * one: on a server each connection would have a time of its own.
 */
export async function stopClock(db: Database, at: Date): Promise<void> {
  if (db.shared) throw new Error('the clock of a shared database cannot be stopped: others work by it');
  await db.script(`
    create or replace function cloudtask.clock() returns timestamptz language sql stable as
      'select current_setting(''cloudtask.stopped_at'')::timestamptz'`);
  await setClock(db, at);
}

/** Workers that were live stay so: in the time that is passed over they would have sent their heartbeats. */
export async function setClock(db: Queryable, at: Date): Promise<void> {
  await db.query(SET, [at.toISOString()]);
  await db.query(STAY_LIVE, []);
}

const SET: Statement = {
  name: 'set_stopped_clock',
  text: `select set_config('cloudtask.stopped_at', $1, false)`,
};

const STAY_LIVE: Statement = {
  name: 'keep_workers_live',
  text: `update cloudtask.workers set heartbeat_at = cloudtask.clock() where state in ('live', 'stopping')`,
};
