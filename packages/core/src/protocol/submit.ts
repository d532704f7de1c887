import type { ResolvedBackoff } from '../backoff.ts';
import type { Queryable, Statement } from '../database/database.ts';
import { isSqlError, UNIQUE_VIOLATION } from '../database/sql-error.ts';
import { arrayText } from './array-text.ts';
import { takeKeys } from './idempotency-keys.ts';

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
  /** At most one waiting (`started`) or unfinished (`finished`) job of its user and type has this key: see submit-unique.ts. */
  unique?: { key: string; until: 'started' | 'finished' } | undefined;
  /** The schedule that made it, the slot, and the slot before. ISO times. */
  schedule?: { id: string; slot: string; previousSlot: string | null } | undefined;
  /** The job whose handler made it. */
  parentId?: string | undefined;
  /** W3C trace context of its submit, well-formed. Of each job its own, so it is no part of what jobs have in common. */
  traceparent?: string | undefined;
  /** True when the submitter publishes the hint itself, right after the commit. */
  hinted: boolean;
  idempotency?: { key: string; bodyHash: string } | undefined;
}

/**
 * Stores jobs, all or none. Resolves after the commit with the database's time, which is their `createdAt`.
 * Storing the same jobs again, after an answer that was lost, stores those that are missing. Not inside a transaction.
 */
export async function submitJobs(db: Queryable, jobs: readonly NewJob[], ageingMs: number): Promise<Date> {
  const values = toValues(jobs, ageingMs);
  const [row] = await db.query<{ at: Date }>(jobs.every(isUsual) ? SUBMIT_NOW : SUBMIT, values).catch((error) => {
    if (!isSqlError(error, UNIQUE_VIOLATION)) throw error;
    return db.query<{ at: Date }>(SUBMIT_AGAIN, values);
  });
  if (!row) throw new Error('the database stored no job and reported no error');
  return row.at;
}

/** The same for new jobs in a transaction of the caller, which decides whether they are stored. An error spoils it. */
export async function submitJobsIn(tx: Queryable, jobs: readonly NewJob[], ageingMs: number): Promise<void> {
  await tx.query(SUBMIT, toValues(jobs, ageingMs));
}

/** Nothing about it has to be timed, and no schedule or other job made it. */
function isUsual({ runAt, delayMs, ttlMs, schedule, parentId }: NewJob): boolean {
  return [runAt, delayMs, ttlMs, schedule, parentId].every((each) => each === undefined);
}

/**
 * Stores jobs of which each carries an idempotency key, and answers which were stored. The others met a key that is
 * taken: `findIdempotent` tells by what. No two of one call may carry the same key of the same user.
 */
export async function submitJobsOnce(
  db: Queryable,
  jobs: readonly NewJob[],
  ageingMs: number,
): Promise<{ at: Date; stored: Set<string> }> {
  const [row] = await db.query<{ at: Date; stored: string[] }>(SUBMIT_ONCE, toValues(jobs, ageingMs));
  if (!row) throw new Error('the database answered nothing to an insert');
  return { at: row.at, stored: new Set(row.stored) };
}

// What jobs have in common travels once, as a row of `specs`; each job adds its id, its payload and which spec it has.
// Sixteen columns per job cost PostgreSQL about as much to read as the two rows to write.
export function toValues(jobs: readonly NewJob[], ageingMs: number): unknown[] {
  const specs = new Map<string, number>();
  const specOf = jobs.map((job) => {
    const spec = toSpec(job);
    const known = specs.get(spec) ?? specs.size;
    specs.set(spec, known);
    return known;
  });
  // `unnest` fills up what is missing with nulls.
  const isKeyed = jobs.some((job) => job.idempotency !== undefined);
  const isTraced = jobs.some((job) => job.traceparent !== undefined);
  return [
    `[${[...specs].map(([spec, index]) => `{"spec":${index},${spec.slice(1)}`).join(',')}]`,
    ageingMs,
    arrayText(jobs.map((job) => job.id)),
    jobs.map((job) => job.payload),
    arrayText(specOf),
    isKeyed ? jobs.map((job) => job.idempotency?.key ?? null) : null,
    isKeyed ? jobs.map((job) => job.idempotency?.bodyHash ?? null) : null,
    isTraced ? jobs.map((job) => job.traceparent ?? null) : null,
  ];
}

function toSpec(job: NewJob): string {
  return JSON.stringify({
    user_id: job.userId,
    type: job.type,
    queue: job.queue,
    priority: job.priority,
    max_attempts: job.maxAttempts,
    timeout_ms: job.timeoutMs,
    ttl_ms: job.ttlMs,
    run_at: job.runAt,
    delay_ms: job.delayMs,
    hinted: job.hinted,
    backoff: job.backoff,
    tags: job.tags,
    metadata: job.metadata,
    unique_key: job.unique?.key,
    unique_until: job.unique?.until,
    schedule_id: job.schedule?.id,
    scheduled_for: job.schedule?.slot,
    previous_scheduled_for: job.schedule?.previousSlot,
    parent_id: job.parentId,
  });
}

export const INPUT = `
  specs as materialized (
    select * from json_to_recordset($1::json) as s (
      spec integer, user_id uuid, type text, queue text, priority smallint, max_attempts smallint, timeout_ms integer,
      backoff json, ttl_ms bigint, run_at timestamptz, delay_ms bigint, tags jsonb, metadata json, hinted boolean,
      unique_key text, unique_until text, schedule_id uuid, scheduled_for timestamptz, previous_scheduled_for timestamptz,
      parent_id uuid)
  ),
  input as materialized (
    select j.id, j.payload, j.key, j.body_hash, j.traceparent, s.*,
           coalesce(s.run_at, cloudtask.clock() + s.delay_ms * interval '1 ms') as due_at
      from unnest($3::uuid[], $4::json[], $5::integer[], $6::text[], $7::text[], $8::text[])
             as j (id, payload, spec, key, body_hash, traceparent)
      join specs s using (spec)
  )`;

// Both rows or none, in one statement [I1]; a job that has to wait gets its timer here [I4]. One that is there already
// gets no timer again: it may have started since, or been cancelled and retried.
// `rank` is the whole dispatch order in one number that never has to be recomputed: the time at which the job is
// due, moved earlier by `ageing` per level of priority. So a waiting job overtakes a newer one that is n levels more
// urgent after n × ageing, and nothing can starve.
export const insertInto = (source: string, onConflict = '') => `
  stored_jobs as (
    insert into cloudtask.jobs (id, user_id, type, queue, payload, priority, max_attempts, timeout_ms, backoff, ttl_ms,
                                run_at, tags, metadata, created_at, unique_key, schedule_id, scheduled_for,
                                previous_scheduled_for, traceparent, parent_id)
    select id, user_id, type, queue, payload, priority, max_attempts, timeout_ms, backoff, ttl_ms,
           due_at, tags, metadata, cloudtask.clock(), unique_key, schedule_id, scheduled_for, previous_scheduled_for,
           traceparent, parent_id
      from ${source} ${onConflict}
  ),
  stored_states as (
    insert into cloudtask.job_states (id, status, hinted, queue, type, rank, attempt_limit, updated_at, next_at,
                                      unique_until)
    select id,
           case when due_at > cloudtask.clock() then 'SCHEDULED' else 'PENDING' end::cloudtask.job_status,
           hinted or coalesce(due_at > cloudtask.clock(), false),
           queue, type,
           (extract(epoch from greatest(due_at, cloudtask.clock())) * 1000)::bigint - $2::bigint * priority,
           max_attempts, cloudtask.clock(),
           case when due_at > cloudtask.clock() then due_at end, unique_until
      from ${source} ${onConflict}
    returning id, next_at, updated_at
  ),
  stored_timers as (
    insert into cloudtask.timers (job_id, kind, due_at)
    select id, 'due', next_at from stored_states where next_at is not null
    union all
    select id, 'expire', coalesce(next_at, updated_at) + ttl_ms * interval '1 ms'
      from stored_states join ${source} using (id) where ttl_ms is not null
  )`;

const SUBMIT: Statement = {
  name: 'submit_jobs',
  text: `with ${INPUT}, ${insertInto('input')} select cloudtask.clock() as at`,
};

// The usual case: all are due at once, and nothing has to be timed.
const SUBMIT_NOW: Statement = {
  name: 'submit_jobs_now',
  text: `
  with ${INPUT},
  stored_jobs as (
    insert into cloudtask.jobs (id, user_id, type, queue, payload, priority, max_attempts, timeout_ms, backoff, tags,
                                metadata, created_at, traceparent)
    select id, user_id, type, queue, payload, priority, max_attempts, timeout_ms, backoff, tags,
           metadata, cloudtask.clock(), traceparent
      from input
  ),
  stored_states as (
    insert into cloudtask.job_states (id, status, hinted, queue, type, rank, attempt_limit, updated_at)
    select id, 'PENDING', hinted, queue, type,
           (extract(epoch from cloudtask.clock()) * 1000)::bigint - $2::bigint * priority, max_attempts, cloudtask.clock()
      from input
  )
  select cloudtask.clock() as at`,
};

// `on conflict` costs a second look at the index and a WAL record per row, so only a repeated submit pays for it.
const SUBMIT_AGAIN: Statement = {
  name: 'submit_jobs_again',
  text: `with ${INPUT}, ${insertInto('input', 'on conflict (id) do nothing')} select cloudtask.clock() as at`,
};

// Only a job whose key was free is stored, and the key names that job.
const SUBMIT_ONCE: Statement = {
  name: 'submit_jobs_once',
  text: `
  with ${INPUT},
  keys as (${takeKeys('select user_id, key, body_hash, id from input', { isConflict: false })}),
  fresh as materialized (select input.* from input join keys on keys.job_id = input.id), ${insertInto('fresh')}
  select cloudtask.clock() as at, array(select job_id from keys) as stored`,
};
