import type { Queryable, Statement } from '../database/database.ts';

/** How jobs have ended so far, and attempts after which their jobs went on. Reads all of them: for callers with few jobs. */
export interface Tally {
  completed: number;
  failed: number;
  cancelled: number;
  expired: number;
  retried: number;
  snoozed: number;
}

export async function tallyJobs(db: Queryable): Promise<Tally> {
  const [row] = await db.query<Tally>(TALLY, []);
  if (!row) throw new Error('the database counted nothing and reported no error');
  return row;
}

const TALLY: Statement = {
  name: 'tally_jobs',
  text: `
  select count(*) filter (where status = 'COMPLETED') as completed, count(*) filter (where status = 'FAILED') as failed,
         count(*) filter (where status = 'CANCELLED') as cancelled, count(*) filter (where status = 'EXPIRED') as expired,
         (select count(*) from cloudtask.attempts a join cloudtask.job_states j on j.id = a.job_id
           where a.outcome = 'failed' and not (j.status = 'FAILED' and j.fence = a.fence)) as retried,
         (select count(*) from cloudtask.attempts where outcome = 'snoozed') as snoozed
    from cloudtask.job_states`,
};
