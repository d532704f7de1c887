import type { Queryable, Statement } from '../database/database.ts';
import { arrayText } from './array-text.ts';

/**
 * Gives hints back that nobody followed (no free slot, a publish that failed, a message that was lost): the jobs are
 * offered again by the dispatcher, in their order. Jobs that are not PENDING are left alone.
 */
export async function releaseJobs(db: Queryable, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await db.query(RELEASE, [arrayText(ids)]);
}

/** The same, after a while: for a worker that was offered a type it does not run. */
export async function releaseJobsLater(db: Queryable, ids: readonly string[], delayMs: number): Promise<void> {
  if (ids.length > 0) await db.query(RELEASE_LATER, [arrayText(ids), delayMs]);
}

// Owed again [I5]. A dispatch is forgotten only after this.
const RELEASE: Statement = {
  name: 'release_jobs',
  text: `
  with waiting as materialized (
    select id from cloudtask.job_states
     where id = any($1::uuid[]) and status = 'PENDING' and hinted
     order by id for update
  )
  update cloudtask.job_states s set hinted = false from waiting w where s.id = w.id and s.status = 'PENDING'`,
};

const RELEASE_LATER: Statement = {
  name: 'release_jobs_later',
  text: `
  insert into cloudtask.timers (job_id, kind, due_at)
  select id, 'hint', cloudtask.clock() + $2 * interval '1 ms'
    from cloudtask.job_states where id = any($1::uuid[]) and status = 'PENDING' order by id
  on conflict (job_id, kind) do update set due_at = excluded.due_at`,
};
