import type { Queryable, Statement } from '../database/database.ts';
import type { ResolvedBackoff } from '../backoff.ts';

/** A validated job, ready to be stored. */
export interface NewJob {
  /** UUIDv7, made by the submitter: storing the same job twice (an answer lost in a broken connection) is harmless. */
  id: string;
  userId: string;
  type: string;
  queue: string;
  /** JSON text, stored as it is. */
  payload: string;
  priority: number;
  maxAttempts: number;
  timeoutMs: number;
  backoff?: ResolvedBackoff | undefined;
  ttlMs?: number | undefined;
  /** At most one of the two; both are measured by the database's clock. */
  runAt?: string | undefined;
  delayMs?: number | undefined;
  tags?: readonly string[] | undefined;
  metadata?: object | undefined;
  /** True when the submitter publishes the hint itself, right after the commit. */
  hinted: boolean;
  idempotency?: { key: string; bodyHash: string } | undefined;
}

/** Stores jobs, all or none. Resolves after the commit with the database's time, which is their `createdAt`. */
export async function submitJobs(db: Queryable, jobs: readonly NewJob[], ageingMs: number): Promise<Date> {
  const [row] = await db.query<{ at: Date }>(SUBMIT, [toRecords(jobs), ageingMs]);
  if (!row) throw new Error('the database stored no job and reported no error');
  return row.at;
}

/**
 * Stores jobs of which each carries an idempotency key, and answers which were stored. The others met a key that is
 * taken: `findIdempotent` tells by what. No two of one call may carry the same key of the same user.
 */
export async function submitJobsOnce(db: Queryable, jobs: readonly NewJob[], ageingMs: number): Promise<{ at: Date; stored: Set<string> }> {
  const [row] = await db.query<{ at: Date; stored: string[] }>(SUBMIT_ONCE, [toRecords(jobs), ageingMs]);
  if (!row) throw new Error('the database answered nothing to an insert');
  return { at: row.at, stored: new Set(row.stored) };
}

// One JSON text per batch instead of an array per column: the same work for PostgreSQL and half of it for Node
// (500 rows: 8 against 14 µs of JavaScript per row; docs/decisions/0002-batched-statements.md).
function toRecords(jobs: readonly NewJob[]): string {
  return `[${jobs.map(toRecord).join(',')}]`;
}

function toRecord(job: NewJob): string {
  const { payload, idempotency, backoff, tags, metadata, ...columns } = job;
  const rest = JSON.stringify({
    id: columns.id,
    user_id: columns.userId,
    type: columns.type,
    queue: columns.queue,
    priority: columns.priority,
    max_attempts: columns.maxAttempts,
    timeout_ms: columns.timeoutMs,
    ttl_ms: columns.ttlMs,
    run_at: columns.runAt,
    delay_ms: columns.delayMs,
    hinted: columns.hinted,
    backoff,
    tags,
    metadata,
    key: idempotency?.key,
    body_hash: idempotency?.bodyHash,
  });
  // The payload is JSON text already: it goes in as it came, neither parsed nor written again.
  return `${rest.slice(0, -1)},"payload":${payload}}`;
}

const INPUT = `input as materialized (
    select r.*, coalesce(r.run_at, cloudtask.clock() + r.delay_ms * interval '1 ms') as due_at
      from json_to_recordset($1::json) as r (
        id uuid, user_id uuid, type text, queue text, payload json, priority smallint, max_attempts smallint,
        timeout_ms integer, backoff json, ttl_ms bigint, run_at timestamptz, delay_ms bigint, tags jsonb, metadata json,
        hinted boolean, key text, body_hash text)
  )`;

// `rank` is the whole dispatch order in one number that never has to be recomputed: the time at which the job is
// due, moved earlier by `ageing` per level of priority. So a waiting job overtakes a newer one that is n levels more
// urgent after n × ageing, and nothing can starve.
const insertInto = (source: string) => `
  stored_jobs as (
    insert into cloudtask.jobs (id, user_id, type, queue, payload, priority, max_attempts, timeout_ms, backoff, ttl_ms,
                                run_at, tags, metadata, created_at)
    select id, user_id, type, queue, payload, priority, max_attempts, timeout_ms, backoff, ttl_ms,
           due_at, tags, metadata, cloudtask.clock()
      from ${source} on conflict (id) do nothing
  ),
  stored_states as (
    insert into cloudtask.job_states (id, status, hinted, queue, type, rank, attempt_limit, updated_at, next_at)
    select id,
           case when due_at > cloudtask.clock() then 'SCHEDULED' else 'PENDING' end::cloudtask.job_status,
           hinted or coalesce(due_at > cloudtask.clock(), false),
           queue, type,
           (extract(epoch from greatest(due_at, cloudtask.clock())) * 1000)::bigint - $2::bigint * priority,
           max_attempts, cloudtask.clock(),
           case when due_at > cloudtask.clock() then due_at end
      from ${source} on conflict (id) do nothing
  ),
  stored_timers as (
    insert into cloudtask.timers (job_id, kind, due_at)
    select id, 'due', due_at from ${source} where due_at > cloudtask.clock()
    union all
    select id, 'expire', greatest(due_at, cloudtask.clock()) + ttl_ms * interval '1 ms' from ${source} where ttl_ms is not null
    on conflict (job_id, kind) do nothing
  )`;

const SUBMIT: Statement = {
  name: 'submit_jobs',
  text: `with ${INPUT}, ${insertInto('input')} select cloudtask.clock() as at`,
};

// A key that has expired is taken over. Waiting for another submit in flight with the same key is PostgreSQL's doing:
// the insert waits for that transaction, then finds the key taken.
const SUBMIT_ONCE: Statement = {
  name: 'submit_jobs_once',
  text: `
  with ${INPUT},
  keys as (
    insert into cloudtask.idempotency_keys as k (user_id, key, body_hash, job_id, expires_at)
    select user_id, key, body_hash, id, cloudtask.clock() + interval '24 hours' from input order by user_id, key
    on conflict (user_id, key) do update
       set body_hash = excluded.body_hash, job_id = excluded.job_id, expires_at = excluded.expires_at
     where k.expires_at <= cloudtask.clock()
    returning job_id
  ),
  fresh as materialized (select input.* from input join keys on keys.job_id = input.id), ${insertInto('fresh')}
  select cloudtask.clock() as at, array(select job_id from keys) as stored`,
};
