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

// A job may have two timers due at once (start and expiry); `expire` wins. One that has started cannot expire [I10].
// Never waits for a lock: everybody else locks the state first and its timers second, so waiting here would deadlock.
// What is locked by another now keeps its timer [I4] and comes next time. Timers of jobs that are gone go too [I11].
// `claim_token` and `reason` are null already. They are written because PostgreSQL checks constraints on a first draft
// of the new row, made from the row as it was when the statement began, before it finds out that the row has changed.
const FIRE: Statement = {
  name: 'fire_timers',
  text: `
  with due as materialized (
    select t.job_id, t.kind, s.id is null as orphaned
      from cloudtask.timers t left join cloudtask.job_states s on s.id = t.job_id
     where t.due_at <= cloudtask.clock() order by t.due_at limit $1 for update of t skip locked
  ),
  owned as materialized (
    select id, status, fence from cloudtask.job_states
     where id in (select job_id from due) order by id for update skip locked
  ),
  taken as (
    delete from cloudtask.timers t using due d
     where t.job_id = d.job_id and t.kind = d.kind
       and (d.orphaned or d.job_id in (select id from owned))
    returning t.job_id, t.kind
  ),
  decided as (
    select o.id, bool_or(t.kind = 'expire' and o.fence = 0) as expired
      from taken t join owned o on o.id = t.job_id
     where (t.kind = 'due' and o.status in ('SCHEDULED', 'RETRYING'))
        or (t.kind = 'expire' and o.fence = 0 and o.status in ('SCHEDULED', 'PENDING'))
        or (t.kind = 'hint' and o.status = 'PENDING')
     group by o.id
  ),
  moved as (
    update cloudtask.job_states s
       set status = case when d.expired then 'EXPIRED' else 'PENDING' end::cloudtask.job_status,
           hinted = d.expired, claim_token = null, next_at = null, reason = null, updated_at = cloudtask.clock()
      from decided d
     where s.id = d.id
    returning s.id, s.status, s.queue, s.unique_until
  ),
  released as (
    delete from cloudtask.unique_locks u using moved m
     where m.status = 'EXPIRED' and m.unique_until is not null and u.job_id = m.id
  )
  select (select count(*) from taken) as taken, m.id, m.status, m.queue, j.user_id as "userId"
    from (select 1) one
    left join (moved m join cloudtask.jobs j on j.id = m.id) on true`,
};

const NEXT: Statement = {
  name: 'next_timer',
  text: `select extract(epoch from min(due_at) - cloudtask.clock())::float8 * 1000 as "inMs" from cloudtask.timers`,
};
