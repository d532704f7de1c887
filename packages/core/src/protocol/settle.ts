import { createHash } from 'node:crypto';
import type { FailureReason, JobError, JobStatus } from '@cloudtask/sdk/contract';
import type { Queryable, Statement } from '../database/database.ts';
import type { AttemptRef, Outcome } from '../messages.ts';
import { arrayText } from './array-text.ts';

/** The end of one attempt. `lost`: its worker is gone; only the scheduler says so. */
export interface Settlement extends AttemptRef {
  attempt: number;
  /** Comes back with the answer, for whoever tells the owner; nothing is decided by it. */
  userId?: string;
  outcome: Outcome | { kind: 'lost'; workerId: number };
}

/** What a settlement did. Attempts that are not in the answer were settled before, or belong to somebody else now. */
export interface Settled {
  id: string;
  status: JobStatus;
  /** As it was reported. */
  userId: string | undefined;
  /** Where it waits again; undefined when it does not. */
  queue?: string | undefined;
}

/** A job whose workers died this often is not tried again: it is taken for the cause. */
export const POISON_LOSSES = 3;

/**
 * Ends attempts: the only function that does. Guarded by fence and claim token, so that a late, repeated or forged
 * report changes nothing. The same batch may be settled any number of times, by anybody.
 */
export async function settleAttempts(db: Queryable, settlements: readonly Settlement[]): Promise<Settled[]> {
  if (settlements.length === 0) return [];
  const reports = firstReports(settlements);
  const haveAllSucceeded = reports.every(({ outcome }) => outcome.kind === 'completed');
  const settled = haveAllSucceeded
    ? await settleCompleted(db, reports)
    : await db.query<Omit<Settled, 'userId'>>(SETTLE, toValues(reports));
  const owners = new Map(settlements.map(({ jobId, userId }) => [jobId, userId]));
  return settled.map(({ id, status, queue }) => ({ id, status, queue: queue ?? undefined, userId: owners.get(id) }));
}

// One row with all ids: a row per job would cost as much to send and to read as a third of the update.
async function settleCompleted(
  db: Queryable,
  reports: readonly Settlement[],
): Promise<{ id: string; status: JobStatus; queue?: undefined }[]> {
  const [row] = await db.query<{ ids: string }>(SETTLE_COMPLETED, ownersAndResults(reports));
  const ids = row?.ids.slice(1, -1) ?? '';
  return ids === '' ? [] : ids.split(',').map((id) => ({ id, status: 'COMPLETED' }));
}

// Within one statement PostgreSQL would take any one of two reports about the same attempt, and note both.
function firstReports(settlements: readonly Settlement[]): readonly Settlement[] {
  if (new Set(settlements.map(({ jobId }) => jobId)).size === settlements.length) return settlements;
  const reports = new Map<string, Settlement>();
  for (const settlement of settlements) {
    const attempt = `${settlement.jobId} ${settlement.fence} ${settlement.claimToken}`;
    if (!reports.has(attempt)) reports.set(attempt, settlement);
  }
  return [...reports.values()];
}

// Arrays for what every outcome has; the rest, which a success has not, as one JSON text.
function toValues(settlements: readonly Settlement[]): unknown[] {
  return [
    ...ownersAndResults(settlements),
    arrayText(settlements.map(({ outcome }) => outcome.kind)),
    settlements.map(detailsText),
    POISON_LOSSES,
  ];
}

function ownersAndResults(settlements: readonly Settlement[]): unknown[] {
  return [
    arrayText(settlements.map(({ jobId }) => jobId)),
    arrayText(settlements.map(({ fence }) => fence)),
    arrayText(settlements.map(({ claimToken }) => claimToken)),
    settlements.map(({ outcome }) => (outcome.kind === 'completed' ? JSON.stringify(outcome.result) : null)),
  ];
}

function detailsText({ outcome, attempt }: Settlement): string | null {
  return outcome.kind === 'completed' ? null : JSON.stringify(details(outcome, attempt));
}

function details(outcome: Exclude<Settlement['outcome'], { kind: 'completed' }>, attempt: number): object {
  switch (outcome.kind) {
    case 'failed': {
      const { reason, retryable, retryDelayMs } = outcome;
      return { attempt, reason, retryable, delay_ms: retryDelayMs, error: toError(outcome, attempt) };
    }
    case 'interrupted': {
      const error = internalError('INTERRUPTED', 'the worker stopped before the handler was done', attempt);
      return { attempt, begun: outcome.started, error };
    }
    case 'snoozed':
      return { attempt, delay_ms: outcome.delayMs };
    case 'lost': {
      const message = `worker ${outcome.workerId} was lost while it ran this job`;
      return { attempt, error: internalError('WORKER_LOST', message, attempt) };
    }
  }
}

function toError(outcome: Extract<Outcome, { kind: 'failed' }>, attempt: number): JobError {
  const { name, message, retryable } = outcome;
  return {
    code: outcome.code ?? outcome.reason,
    name,
    message,
    attempt,
    retryable,
    fingerprint: fingerprint(name, message),
  };
}

function internalError(code: FailureReason, message: string, attempt: number): JobError {
  return { code, name: 'CloudTaskError', message, attempt, retryable: true, fingerprint: fingerprint(code, '') };
}

/** Equal for errors with the same cause: numbers, ids, quoted texts and paths differ from job to job, the rest does not. */
function fingerprint(name: string, message: string): string {
  const shape = message.replace(/'[^']*'|"[^"]*"|[0-9a-f]{8}-[0-9a-f-]{27}|\/[\w./-]+|\d+/gi, '#');
  return createHash('sha256').update(`${name}\n${shape}`).digest('hex').slice(0, 12);
}

const OWNED = `s.status = 'RUNNING' and s.fence = r.fence and s.claim_token = r.token`;

// The usual case, of which nothing has to be decided, remembered or timed: half the cost of the statement below.
// It updates in id order, one index look-up after the other, so that overlapping batches wait instead of deadlocking.
const SETTLE_COMPLETED: Statement = {
  name: 'settle_completed',
  text: `
  with settled as (
    update cloudtask.job_states s
       set status = 'COMPLETED', claim_token = null, updated_at = cloudtask.clock(), result = r.result, error = null
      from (select * from unnest($1::uuid[], $2::integer[], $3::uuid[], $4::json[]) as e (id, fence, token, result)
             order by id) r
     where s.id = r.id and ${OWNED}
    returning s.id, s.unique_until
  ),
  released as (
    delete from cloudtask.unique_locks u using settled d where d.unique_until is not null and u.job_id = d.id
  )
  select array(select id from settled)::text as ids`,
};

// One row per attempt that is really ours, locked in id order, with the status that follows from its outcome:
//   completed wins, even over a request to cancel · a request to cancel wins over everything else [I7] ·
//   failures and losses are counted against attempt_limit [I6], interruptions and snoozes are free ·
//   a job with max_attempts 1 that was begun is never begun again.
const DECIDED = `
  reported as materialized (
    select r.*, d.*
      from unnest($1::uuid[], $2::integer[], $3::uuid[], $4::json[], $5::text[], $6::json[])
             as r (id, fence, token, result, kind, details),
           lateral (select (details ->> 'attempt')::integer as attempt, details -> 'error' as error,
                           details ->> 'reason' as reason, (details ->> 'retryable')::boolean as retryable,
                           (details ->> 'delay_ms')::bigint as delay_ms, (details ->> 'begun')::boolean as begun) d
  ),
  owned as materialized (
    select s.failures, s.losses, s.attempt_limit, s.cancel_requested_at, s.worker_id, s.started_at, s.rank,
           s.failures + s.losses + 1 >= s.attempt_limit as last, r.*
      from cloudtask.job_states s join reported r on r.id = s.id
     where ${OWNED}
     order by s.id for update of s
  ),
  decided as materialized (
    select o.*, case
        when o.kind = 'completed' then 'COMPLETED'
        when o.cancel_requested_at is not null then 'CANCELLED'
        when o.kind = 'failed' and o.retryable and not o.last then 'RETRYING'
        when o.kind = 'failed' then 'FAILED'
        when o.kind = 'lost' and (o.last or o.losses + 1 >= $7::integer) then 'FAILED'
        when o.kind = 'interrupted' and o.begun
             and (select max_attempts from cloudtask.jobs j where j.id = o.id) = 1 then 'FAILED'
        when o.kind = 'snoozed' then 'SCHEDULED'
        else 'PENDING'
      end::cloudtask.job_status as next_status
      from owned o
  )`;

// The columns say what the status says [I8], an attempt that ended badly is on record [I9], and one that is to come has
// its timer [I4] or is owed a hint [I5], one that ended for good gives its unique key back [I13] and is listed by its cause
// if it FAILED [I14]: all of it in the statement that takes the token away [I2].
const SETTLE: Statement = {
  name: 'settle_attempts',
  text: `
  with ${DECIDED},
  settled as (
    update cloudtask.job_states s
       set status = d.next_status,
           claim_token = null,
           updated_at = cloudtask.clock(),
           result = d.result,
           error = case when d.next_status = 'COMPLETED' then null
                        when d.next_status = 'PENDING' and d.kind = 'interrupted' then s.error
                        else coalesce(d.error, s.error) end,
           failures = s.failures + case when d.kind = 'failed' and d.next_status in ('RETRYING', 'FAILED') then 1
                                        when d.kind = 'interrupted' and d.next_status = 'FAILED' then 1 else 0 end,
           losses = s.losses + case when d.kind = 'lost' and d.next_status in ('PENDING', 'FAILED') then 1 else 0 end,
           reason = case when d.next_status <> 'FAILED' then null
                         when d.kind = 'lost' and d.losses + 1 >= $7::integer then 'POISON'
                         when d.kind = 'lost' then 'WORKER_LOST'
                         when d.kind = 'interrupted' then 'INTERRUPTED'
                         else d.reason end,
           hinted = d.next_status <> 'PENDING',
           next_at = case when d.next_status in ('RETRYING', 'SCHEDULED')
                          then cloudtask.clock() + coalesce(d.delay_ms, 0) * interval '1 ms' end,
           rank = case when d.next_status in ('RETRYING', 'SCHEDULED')
                       then s.rank + coalesce(d.delay_ms, 0)
                            + (extract(epoch from cloudtask.clock() - s.started_at) * 1000)::bigint
                       else s.rank end
      from decided d
     where s.id = d.id and s.status = 'RUNNING' and s.fence = d.fence
    returning s.id, s.status, s.next_at, s.type, s.queue, s.unique_until, s.error
  ),
  released as (
    delete from cloudtask.unique_locks u using settled d
     where d.unique_until is not null and d.status in ('COMPLETED', 'FAILED', 'CANCELLED') and u.job_id = d.id
  ),
  listed as (
    insert into cloudtask.failures (job_id, user_id, type, fingerprint, failed_at)
    select d.id, j.user_id, d.type, coalesce(d.error ->> 'fingerprint', ''), cloudtask.clock()
      from settled d join cloudtask.jobs j on j.id = d.id where d.status = 'FAILED'
    on conflict (job_id) do update set fingerprint = excluded.fingerprint, failed_at = excluded.failed_at
  ),
  timed as (
    insert into cloudtask.timers (job_id, kind, due_at)
    select id, 'due', next_at from settled where next_at is not null
    on conflict (job_id, kind) do update set due_at = excluded.due_at
  ),
  remembered as (
    insert into cloudtask.attempts (job_id, fence, attempt, outcome, reason, error, worker_id, claim_token,
                                    started_at, ended_at)
    select id, fence, coalesce(attempt, failures + losses + 1),
           case when next_status = 'CANCELLED' and kind <> 'lost' then 'cancelled' else kind end,
           case when next_status = 'CANCELLED' then null else reason end, error, worker_id, token,
           started_at, cloudtask.clock()
      from decided where kind <> 'completed'
    on conflict (job_id, fence) do nothing
  )
  select id, status, case when status = 'PENDING' then queue end as queue from settled`,
};
