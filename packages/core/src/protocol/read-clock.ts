import type { Queryable, Statement } from '../database/database.ts';

/** The time by which every statement goes. */
export async function readClock(db: Queryable): Promise<Date> {
  const [row] = await db.query<{ now: Date }>(READ_CLOCK, []);
  if (!row) throw new Error('the database answered no time');
  return row.now;
}

const READ_CLOCK: Statement = { name: 'read_clock', text: 'select cloudtask.clock() as now' };
