import type { Queryable, Statement } from '../database/database.ts';

/**
 * Begins a statement about one job ($1) of one user ($2): `seen` is the job as it was when the statement began, `found`
 * the same with its row locked. `found` is empty when the job changed while the statement waited for the lock.
 *
 * Only `found` may be acted on. A statement sees other tables as they were when it began: after such a wait it would
 * know the job's new status and miss what was written with it (its timer, its unique key, its listing as a failure).
 */
export const lockAsSeen = (columns: string): string => `
  with seen as materialized (
    select s.status, s.fence from cloudtask.job_states s join cloudtask.jobs j on j.id = s.id
     where s.id = $1 and j.user_id = $2
  ),
  found as materialized (
    select ${columns}
      from cloudtask.job_states s join cloudtask.jobs j on j.id = s.id cross join seen
     where s.id = $1 and s.status = seen.status and s.fence = seen.fence
       for update of s
  )`;

/** For the answer of such a statement: whether the job was still as seen when its lock was held. */
export const IS_CURRENT = 'exists (select from found) as current';

/** Repeats such a statement until it acted on the job as it is. Undefined: the user has no such job. */
export async function queryCurrent<Row>(
  db: Queryable,
  statement: Statement,
  values: readonly unknown[],
): Promise<Row | undefined> {
  for (;;) {
    const [row] = await db.query<Row & { current: boolean }>(statement, values);
    if (!row || row.current) return row;
  }
}
