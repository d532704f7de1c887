import type { Json } from '@cloudtask/sdk/contract';
import type { ResolvedBackoff } from '../backoff.ts';
import type { Queryable, Statement } from '../database/database.ts';
import { arrayText } from './array-text.ts';
import { PAUSED_QUEUES } from './queue-pauses.ts';

/** An attempt that now belongs to the caller, with all that is needed to run it. */
export interface ClaimedJob {
  id: string;
  fence: number;
  userId: string;
  type: string;
  queue: string;
  payload: Json;
  /** The attempt as people count it: failures + losses + 1. */
  attempt: number;
  maxAttempts: number;
  /** How many attempts this job may make in all; a person's retry raises it. */
  attemptLimit: number;
  /** Workers lost so far while they ran this job. */
  losses: number;
  timeoutMs: number;
  /** Epoch milliseconds. */
  createdAtMs: number;
  /** What most jobs have nothing of: null when this one has nothing of it either. */
  extras: JobExtras | null;
}

export interface JobExtras {
  backoff: ResolvedBackoff | null;
  tags: string[] | null;
  metadata: Record<string, Json> | null;
  /** The slot of the schedule that made this job, and the one before it; ISO times. */
  scheduledFor: string | null;
  previousScheduledFor: string | null;
  /** What an earlier attempt saved last; null without a checkpoint. In an object, because JSON has a null of its own. */
  checkpoint: { state: Json } | null;
  /**
   * When it became due, ISO time, where that is not when it was submitted. Null also after a claim whose answer was
   * lost: the row does not say any more since when it waited.
   */
  dueAt: string | null;
}

export interface ClaimRequest {
  /** At most as many as the worker has free slots. */
  ids: readonly string[];
  /** Fresh for each batch. */
  token: string;
  workerId: number;
}

/**
 * PENDING → RUNNING, guarded by the status alone: whoever comes second, or late, gets nothing.
 * Jobs that are not in the answer are surplus hints; forget them.
 */
export async function claimJobs(db: Queryable, { ids, token, workerId }: ClaimRequest): Promise<ClaimedJob[]> {
  return await db.query<ClaimedJob>(CLAIM, [arrayText(ids), token, workerId]);
}

/**
 * What a token has claimed already. When the answer to a claim was lost, claim again with the same token and then ask
 * here: the second claim waits for the first if that is still on its way, so that nothing can come later.
 */
export async function claimedBy(db: Queryable, token: string): Promise<ClaimedJob[]> {
  return await db.query<ClaimedJob>(CLAIMED_BY, [token]);
}

// Every column costs about 0.3 µs per job here and in PostgreSQL; those that are nearly always null share one.
// `dueAt` of a later attempt: within a statement that changes a row, a look at the table still finds the row before it.
const COLUMNS = `
  j.id, c.fence, j.user_id as "userId", j.type, j.queue, j.payload,
  c.failures + c.losses + 1 as attempt, j.max_attempts as "maxAttempts", c.attempt_limit as "attemptLimit", c.losses,
  j.timeout_ms as "timeoutMs", (extract(epoch from j.created_at) * 1000)::float8 as "createdAtMs",
  case when c.fence > 1 or j.backoff is not null or j.tags is not null or j.metadata is not null
            or j.schedule_id is not null or j.run_at is not null
       then json_build_object(
         'backoff', j.backoff, 'tags', j.tags, 'metadata', j.metadata,
         'scheduledFor', j.scheduled_for, 'previousScheduledFor', j.previous_scheduled_for,
         'checkpoint', (select json_build_object('state', k.state) from cloudtask.checkpoints k where k.job_id = c.id),
         'dueAt', case when c.fence = 1 then j.run_at else (
           select o.updated_at from cloudtask.job_states o where o.id = c.id and o.status = 'PENDING') end)
       end as extras`;

// Updates in id order, one index look-up after the other, so that workers with overlapping hints wait for each other
// instead of deadlocking (7 of 26 such batches did). Locking them all first is safe too, and costs a tenth more.
// The token makes the caller the owner [I2]. The claims row names the batch [I3], so that a dead worker's jobs are found
// without an index on the row that changes.
// A worker that was declared dead gets nothing: what it claimed until it noticed would count as lost once more.
// `infinity`: a job without a timeout keeps its claim for as long as its worker lives.
// Of a paused queue nothing is given away. Its hints are owed again at once: the nets would do that too, but some 15 s
// after the queue is resumed. While no queue is paused the look at the pauses is one per statement, and the second
// update does not begin.
const CLAIM: Statement = {
  name: 'claim_jobs',
  text: `
  with claimed as (
    update cloudtask.job_states s
       set status = 'RUNNING', hinted = true, fence = s.fence + 1, claim_token = $2::uuid, worker_id = $3,
           started_at = cloudtask.clock(), updated_at = cloudtask.clock()
      from (select id from unnest($1::uuid[]) as h (id) order by id) w
     where s.id = w.id and s.status = 'PENDING' and s.queue <> all (${PAUSED_QUEUES})
       and exists (select from cloudtask.workers where id = $3 and state in ('live', 'stopping'))
    returning s.id, s.fence, s.failures, s.losses, s.attempt_limit, s.unique_until
  ),
  held_back as (
    update cloudtask.job_states s set hinted = false
      from (select id from unnest($1::uuid[]) as h (id) order by id) w
     where exists (select from cloudtask.queue_pauses) and s.id = w.id and s.status = 'PENDING' and s.hinted
       and s.queue = any (${PAUSED_QUEUES})
  ),
  released as (
    delete from cloudtask.unique_locks u using claimed c where c.unique_until = 'started' and u.job_id = c.id
  ),
  answer as materialized (select ${COLUMNS} from claimed c join cloudtask.jobs j on j.id = c.id),
  noted as (
    insert into cloudtask.claims (token, worker_id, job_ids, claimed_at, deadline_at)
    select $2::uuid, $3, array_agg(id), cloudtask.clock(),
           case when bool_or("timeoutMs" = 0) then 'infinity'
                else cloudtask.clock() + max("timeoutMs") * interval '1 ms' end
      from answer having count(*) > 0
    on conflict (token) do update
       set job_ids = cloudtask.claims.job_ids || excluded.job_ids,
           deadline_at = greatest(cloudtask.claims.deadline_at, excluded.deadline_at)
  )
  select * from answer`,
};

const CLAIMED_BY: Statement = {
  name: 'claimed_by',
  text: `
  select ${COLUMNS}
    from cloudtask.claims k
    join cloudtask.job_states c on c.id = any(k.job_ids)
    join cloudtask.jobs j on j.id = c.id
   where k.token = $1::uuid and c.claim_token = k.token and c.status = 'RUNNING'`,
};
