import type { JobStatus } from '@cloudtask/sdk/contract';
import type { Queryable, Statement } from '../database/database.ts';

export interface FiredTimer {
  id: string;
  userId: string;
  queue: string;
  status: JobStatus;
}

/**
 * What is due by now: waiting jobs become PENDING, jobs that did not start in time EXPIRED, held-back hints are owed
 * again. Any number of schedulers may ask at once; each timer is given to one of them, in the transaction that uses it.
 */
export async function fireTimers(db: Queryable, limit: number): Promise<{ taken: number; fired: FiredTimer[] }> {
  const rows = await db.query<Partial<FiredTimer> & { taken: number }>(FIRE, [limit]);
  const fired = rows.filter((row): row is FiredTimer & { taken: number } => row.id != null);
  return { taken: rows[0]?.taken ?? 0, fired };
}

/** When the next timer is due, by the database's clock; null when there is none. */
export async function nextTimer(db: Queryable): Promise<{ inMs: number } | null> {
  const [row] = await db.query<{ inMs: number | null }>(NEXT, []);
  return row?.inMs == null ? null : { inMs: Math.max(0, row.inMs) };
}

// A job may have two timers due at once (start and expiry); `expire` wins. One that has started cannot expire.
const FIRE: Statement = {
  name: 'fire_timers',
  text: `
  with taken as materialized (
    delete from cloudtask.timers t
     using (select job_id, kind from cloudtask.timers
             where due_at <= cloudtask.clock() order by due_at limit $1 for update skip locked) due
     where t.job_id = due.job_id and t.kind = due.kind
    returning t.job_id, t.kind
  ),
  due as (
    select job_id, bool_or(kind = 'due') as due, bool_or(kind = 'expire') as expire, bool_or(kind = 'hint') as hint
      from taken group by job_id
  ),
  owned as materialized (
    select s.id, d.expire and s.fence = 0 as expired
      from cloudtask.job_states s join due d on d.job_id = s.id
     where (d.due and s.status in ('SCHEDULED', 'RETRYING'))
        or (d.expire and s.fence = 0 and s.status in ('SCHEDULED', 'PENDING'))
        or (d.hint and s.status = 'PENDING')
     order by s.id for update of s
  ),
  moved as (
    update cloudtask.job_states s
       set status = case when o.expired then 'EXPIRED' else 'PENDING' end::cloudtask.job_status,
           hinted = o.expired, next_at = null, updated_at = cloudtask.clock()
      from owned o
     where s.id = o.id
    returning s.id, s.status, s.queue
  )
  select (select count(*) from taken) as taken, m.id, m.status, m.queue, j.user_id as "userId"
    from (select 1) one
    left join (moved m join cloudtask.jobs j on j.id = m.id) on true`,
};

const NEXT: Statement = {
  name: 'next_timer',
  text: `select extract(epoch from min(due_at) - cloudtask.clock())::float8 * 1000 as "inMs" from cloudtask.timers`,
};
