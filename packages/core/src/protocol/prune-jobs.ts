import type { Queryable, Statement } from '../database/database.ts';
import { timeOfId } from '../ids.ts';

/** How long jobs are kept after their end. */
export interface Retention {
  /** COMPLETED, CANCELLED and EXPIRED ones. */
  finishedMs: number;
  failedMs: number;
}

export interface Pruned {
  /** Jobs looked at; fewer than the limit: there are no more. */
  looked: number;
  removed: number;
  /** The largest id that was looked at. */
  lastId: string | null;
}

/**
 * Looks at the jobs of a range of ids, in their order: those whose time is over are removed with all that belongs to
 * them, the others noted for when it will be. So each job is looked at once by its age and once or twice by its note,
 * and what it costs does not depend on how many are kept. Safe to repeat and to crash in.
 */
export async function pruneRange(
  db: Queryable,
  { after, until, limit }: { after: string; until: string; limit: number },
  retention: Retention,
): Promise<Pruned> {
  return await prune(db, PRUNE_RANGE, [after, until, limit], retention);
}

/** Looks again at those whose noted time has come. */
export async function pruneNoted(db: Queryable, limit: number, retention: Retention): Promise<Pruned> {
  return await prune(db, PRUNE_NOTED, [limit], retention);
}

/** The time from which the oldest job is; null when there is none. */
export async function oldestJobAt(db: Queryable): Promise<Date | null> {
  const [row] = await db.query<{ id: string }>(OLDEST, []);
  return row ? timeOfId(row.id) : null;
}

async function prune(
  db: Queryable,
  statement: Statement,
  which: readonly unknown[],
  { finishedMs, failedMs }: Retention,
): Promise<Pruned> {
  const [row] = await db.query<Pruned>(statement, [...which, finishedMs, failedMs]);
  return row ?? { looked: 0, removed: 0, lastId: null };
}

// Idempotency keys are not among them: they expire before the shortest retention is over.
const SIDE_TABLES = ['attempts', 'cancel_requests', 'checkpoints', 'failures', 'job_logs', 'progress', 'timers'];

// A job that somebody holds locked just now is noted for later, and so is one that has not ended: nothing is forgotten.
// `jobs` and `job_states` go together [I1], with all rows that belong to them [I11] [I12] [I14].
const pruneThose = (due: string, finishedMs: string, failedMs: string) => `
  with due as materialized (${due}),
  owned as materialized (
    select s.id, s.status, s.updated_at, s.next_at
      from cloudtask.job_states s join due on due.id = s.id order by s.id for update of s skip locked
  ),
  judged as materialized (
    select d.id, o.status in ('COMPLETED', 'CANCELLED', 'EXPIRED', 'FAILED') as has_ended,
           case when o.status = 'FAILED' then o.updated_at + ${failedMs}::bigint * interval '1 ms'
                when o.status in ('COMPLETED', 'CANCELLED', 'EXPIRED') then o.updated_at + ${finishedMs}::bigint * interval '1 ms'
                when o.id is null then cloudtask.clock() + interval '1 hour'
                else greatest(o.next_at, cloudtask.clock()) + ${finishedMs}::bigint * interval '1 ms' end as keep_until
      from due d left join owned o on o.id = d.id
  ),
  over as materialized (select id from judged where has_ended and keep_until <= cloudtask.clock()),
  gone as (delete from cloudtask.jobs j using over where j.id = over.id returning j.id),
  gone_states as (delete from cloudtask.job_states s using over where s.id = over.id),
  ${SIDE_TABLES.map((table) => `gone_${table} as (delete from cloudtask.${table} t using over where t.job_id = over.id)`).join(',\n  ')},
  forgotten as (
    delete from cloudtask.prune_later p
     where p.job_id in (select id from over)
        or (p.job_id in (select id from due) and not exists (select from cloudtask.jobs j where j.id = p.job_id))
  ),
  noted as (
    insert into cloudtask.prune_later (job_id, due_at)
    select g.id, g.keep_until from judged g
     where g.id not in (select id from over) and exists (select from cloudtask.jobs j where j.id = g.id)
    on conflict (job_id) do update set due_at = excluded.due_at
  )
  select (select count(*) from due) as looked, (select count(*) from gone) as removed,
         (select max(id::text) from due)::text as "lastId"`;

const PRUNE_RANGE: Statement = {
  name: 'prune_range',
  text: pruneThose(
    'select id from cloudtask.jobs where id > $1::uuid and id < $2::uuid order by id limit $3',
    '$4',
    '$5',
  ),
};

const PRUNE_NOTED: Statement = {
  name: 'prune_noted',
  text: pruneThose(
    `select job_id as id from cloudtask.prune_later where due_at <= cloudtask.clock()
      order by due_at limit $1 for update skip locked`,
    '$2',
    '$3',
  ),
};

const OLDEST: Statement = { name: 'oldest_job', text: 'select id from cloudtask.jobs order by id limit 1' };
