import type { Queryable, Statement } from '../database/database.ts';
import { firstIdAt, timeOfId } from '../ids.ts';

/**
 * Hints of jobs submitted in a slice of time that nobody has followed: a crash between commit and confirm, or a
 * message that was lost. They are owed again. Reads the slice by primary key (a UUIDv7 begins with its time).
 */
export async function unhintSlice(db: Queryable, { from, until }: { from: Date; until: Date }): Promise<number> {
  const [row] = await db.query<{ count: number }>(UNHINT_SLICE, [firstIdAt(from), firstIdAt(until)]);
  return row?.count ?? 0;
}

/** When the first job at or after a time was submitted; null when none was. */
export async function firstSubmission(db: Queryable, from: Date): Promise<Date | null> {
  const [row] = await db.query<{ id: string }>(FIRST_FROM, [firstIdAt(from)]);
  return row === undefined ? null : timeOfId(row.id);
}

/** All hints are owed again: the broker was wiped. Reads every state once; call it only then. */
export async function unhintAll(db: Queryable): Promise<number> {
  const [row] = await db.query<{ count: number }>(UNHINT_ALL, []);
  return row?.count ?? 0;
}

// [I5] The watermark of a sweep may be moved only after this has been committed for everything below it.
const unhint = (where: string) => `
  with waiting as materialized (
    select id from cloudtask.job_states where ${where} and status = 'PENDING' and hinted order by id for update
  ),
  unhinted as (
    update cloudtask.job_states s set hinted = false from waiting w where s.id = w.id and s.status = 'PENDING'
    returning 1
  )
  select count(*) as count from unhinted`;

const FIRST_FROM: Statement = {
  name: 'first_submission',
  text: 'select id from cloudtask.job_states where id >= $1::uuid order by id limit 1',
};
const UNHINT_SLICE: Statement = { name: 'unhint_slice', text: unhint('id >= $1::uuid and id < $2::uuid') };
const UNHINT_ALL: Statement = { name: 'unhint_all', text: unhint('true') };
