import type { Queryable, Statement } from '@cloudtask/core/database/database';
import { COUNTED_AT_MOST } from './waiting.ts';

export interface StatsRow {
  waiting: number;
  scheduled: number;
  retrying: number;
  failed: number;
  submitted: number;
  /** Of those counted in `submitted`; null when there is none. */
  oldestSubmitted: string | null;
}

/** `since`: an id; jobs with smaller ones are not counted as submitted. */
export async function readStats(db: Queryable, since: string): Promise<StatsRow> {
  const [row] = await db.query<StatsRow>(STATS, [since, COUNTED_AT_MOST]);
  if (!row) throw new Error('the database answered no statistics and reported no error');
  return row;
}

/** Jobs whose time has not come, among as many timers as are ever counted. */
export async function readNotDue(db: Queryable): Promise<Pick<StatsRow, 'scheduled' | 'retrying'>> {
  const [row] = await db.query<Pick<StatsRow, 'scheduled' | 'retrying'>>(NOT_DUE, [COUNTED_AT_MOST]);
  return row ?? { scheduled: 0, retrying: 0 };
}

const NOT_DUE: Statement = {
  name: 'read_not_due',
  text: `
  select count(*) filter (where s.status = 'SCHEDULED') as scheduled,
         count(*) filter (where s.status = 'RETRYING') as retrying
    from (select job_id, kind from cloudtask.timers order by due_at limit $1) t
    join cloudtask.job_states s on s.id = t.job_id
   where t.kind = 'due'`,
};

// Each part reads at most $2 entries of one index and never the states of all jobs: they are as many as jobs are kept.
const STATS: Statement = {
  name: 'read_stats',
  text: `
  with due as materialized (
    select s.status
      from (select job_id, kind from cloudtask.timers order by due_at limit $2) t
      join cloudtask.job_states s on s.id = t.job_id
     where t.kind = 'due'
  ),
  submitted as materialized (select id from cloudtask.jobs where id >= $1::uuid order by id desc limit $2)
  select (select count(*) from (select from cloudtask.job_states where not hinted limit $2) b) as waiting,
         (select count(*) from due where status = 'SCHEDULED') as scheduled,
         (select count(*) from due where status = 'RETRYING') as retrying,
         (select count(*) from (select from cloudtask.failures
                                 where failed_at > cloudtask.clock() - interval '1 hour' limit $2) f) as failed,
         (select count(*) from submitted) as submitted,
         (select min(id::text) from submitted) as "oldestSubmitted"`,
};
