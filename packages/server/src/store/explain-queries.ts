import type { ResolvedBackoff } from '@cloudtask/core/backoff';
import type { Queryable, Statement } from '@cloudtask/core/database/database';
import { HINT_SWEEP_DUTY } from '@cloudtask/core/protocol/duties';
import type { OwnedId } from '@cloudtask/core/protocol/owned-jobs';

/** What explaining a job needs beside the job itself. */
export interface JobDetail {
  now: Date;
  /** The broker has its hint, or will have it in a moment. */
  hinted: boolean;
  rank: number;
  timeoutMs: number;
  backoff: ResolvedBackoff | null;
  /** How its last attempt ended that did not succeed. */
  lastOutcome: string | null;
  /** When it ends EXPIRED. */
  expiresAt: Date | null;
}

export async function readJobDetail(db: Queryable, { userId, id }: OwnedId): Promise<JobDetail | undefined> {
  const [detail] = await db.query<JobDetail>(DETAIL, [userId, id]);
  return detail;
}

/** At most so many are counted: what is beyond is "many". */
export const MOST_AHEAD = 10_000;

/** Jobs of these types that the queue offers before this one. */
export async function countAhead(
  db: Queryable,
  { queue, types, rank, id }: { queue: string; types: readonly string[]; rank: number; id: string },
): Promise<number> {
  const [row] = await db.query<{ count: number }>(AHEAD, [queue, types, rank, id, MOST_AHEAD]);
  return row?.count ?? 0;
}

export interface LastHandled {
  /** When what workers say of the type last changed. */
  registeredAt: Date | null;
  /** The worker that ran it most lately, and its last sign of life. */
  worker: string | null;
  state: string | null;
  seenAt: Date | null;
}

export async function readLastHandled(db: Queryable, type: string): Promise<LastHandled | undefined> {
  const [row] = await db.query<LastHandled>(LAST_HANDLED, [type]);
  return row;
}

/** When a scheduler was seen last, to some seconds; null: never. */
export async function readSchedulerSeen(db: Queryable): Promise<{ isSilent: boolean; seenAt: Date | null }> {
  const [row] = await db.query<{ isSilent: boolean; seenAt: Date | null }>(SCHEDULER, [HINT_SWEEP_DUTY]);
  return row ?? { isSilent: true, seenAt: null };
}

const DETAIL: Statement = {
  name: 'explain_job',
  text: `
  select cloudtask.clock() as now, s.hinted, s.rank::float8 as rank, j.timeout_ms as "timeoutMs", j.backoff,
         (select a.outcome from cloudtask.attempts a where a.job_id = j.id order by a.fence desc limit 1) as "lastOutcome",
         (select t.due_at from cloudtask.timers t where t.job_id = j.id and t.kind = 'expire') as "expiresAt"
    from cloudtask.jobs j join cloudtask.job_states s on s.id = j.id
   where j.user_id = $1 and j.id = $2`,
};

const AHEAD: Statement = {
  name: 'explain_ahead',
  text: `
  select count(*)::int as count
    from (select 1 from unnest($2::text[]) as t (type),
                 lateral (select id from cloudtask.job_states
                           where queue = $1 and type = t.type and not hinted and (rank, id) < ($3::bigint, $4::uuid)
                           order by rank, id limit $5) b
           limit $5) ahead`,
};

const LAST_HANDLED: Statement = {
  name: 'explain_last_handled',
  text: `
  select (select registered_at from cloudtask.job_types where type = $1) as "registeredAt",
         w.name as worker, w.state, coalesce(w.ended_at, w.heartbeat_at) as "seenAt"
    from (select 1) as one
    left join lateral (
      select name, ended_at, heartbeat_at,
             case when drain_requested_at is not null and ended_at is null then 'draining' else state end as state
        from (select * from cloudtask.workers order by id desc limit 1000) lately
       where exists (select from json_array_elements(lately.types) as t where t ->> 'type' = $1)
       order by id desc limit 1) w on true`,
};

// A duty is held some seconds beyond its last round.
const SCHEDULER: Statement = {
  name: 'explain_scheduler',
  text: `
  select coalesce(max(held_until) < cloudtask.clock() - interval '5 s', true) as "isSilent", max(held_until) as "seenAt"
    from cloudtask.duties where name in ('dispatch', $1, $1 || '-late')`,
};
