import type { JobStatus } from '@cloudtask/sdk/contract';
import type { Queryable, Statement, Transactional } from '../database/database.ts';
import { isSqlError, UNIQUE_VIOLATION } from '../database/sql-error.ts';
import { cancelJob } from './cancel.ts';
import { takeKey, takeKeys } from './idempotency-keys.ts';
import { INPUT, insertInto, type NewJob, toValues } from './submit.ts';

/** What becomes of a job whose unique key another one has. `replace` takes the place of one that has not started. */
export type OnConflict = 'return' | 'reject' | 'replace';

/** `taken`: another job has its key. `key_taken`: another job has its idempotency key. Both store nothing. */
export type UniqueAnswer =
  | { outcome: 'stored'; at: Date; replaced: string | null }
  | { outcome: 'taken'; jobId: string; status: JobStatus }
  | { outcome: 'key_taken' };

export type UniqueNewJob = NewJob & { unique: NonNullable<NewJob['unique']> };

export interface UniqueOptions {
  onConflict: OnConflict;
  ageingMs: number;
}

/**
 * Stores a job that has a `unique` key, unless another job of its user and type has the key: the index of the locks
 * decides, whoever else submits at the same moment. With `return` an idempotency key then stands for that other job.
 * Storing the same job again, after an answer that was lost, changes nothing and answers `stored`, whatever became of it.
 */
export async function submitUniqueJob(
  db: Transactional,
  job: UniqueNewJob,
  options: UniqueOptions,
): Promise<UniqueAnswer> {
  // A holder that ends, or starts, between the look at the lock and the look at the job leaves the key free: then once more.
  for (let round = 0; ; round += 1) {
    const answer = await tryToStore(db, job, options);
    if (answer === 'own' || answer === 'key_taken') {
      const at = await storedAt(db, job.id);
      if (at) return { outcome: 'stored', at, replaced: null };
      if (answer === 'key_taken') return { outcome: 'key_taken' };
    } else if (answer !== 'gone') return answer;
    if (round === MOST_ROUNDS) throw new Error(`the unique key of job ${job.id} kept changing hands`);
  }
}

/**
 * The same for a new job without an idempotency key, in a transaction of the caller, which decides whether it is stored.
 * A job that is replaced is locked until the transaction ends.
 */
export async function submitUniqueJobIn(
  tx: Queryable,
  job: UniqueNewJob,
  options: UniqueOptions,
): Promise<Exclude<UniqueAnswer, { outcome: 'key_taken' }>> {
  for (let round = 0; round <= MOST_ROUNDS; round += 1) {
    const answer = await storeOrFindHolder(tx, job, options);
    if (typeof answer === 'object') return answer;
  }
  throw new Error(`the unique key of job ${job.id} kept changing hands`);
}

/** Of many that replace each other one succeeds at a time, and the others go round once more. */
const MOST_ROUNDS = 100;

async function tryToStore(db: Transactional, job: UniqueNewJob, options: UniqueOptions): Promise<Tried | 'key_taken'> {
  try {
    return await db.transaction((tx) => storeOrFindHolder(tx, job, options));
  } catch (error) {
    if (error instanceof IdempotencyKeyTaken) return 'key_taken';
    // Its id: both kinds of keys would be no error here.
    if (isSqlError(error, UNIQUE_VIOLATION)) return 'own';
    throw error;
  }
}

/** `own`: it is stored already. `gone`: the key is free by now. */
type Tried = Exclude<UniqueAnswer, { outcome: 'key_taken' }> | 'gone' | 'own';

async function storeOrFindHolder(
  tx: Queryable,
  job: UniqueNewJob,
  { onConflict, ageingMs }: UniqueOptions,
): Promise<Tried> {
  const first = await store(tx, job, ageingMs);
  if (first) return { outcome: 'stored', at: first, replaced: null };
  const holder = await lockHolder(tx, job);
  if (holder?.jobId === job.id) return 'own';
  if (!holder?.isHolding) return 'gone';
  if (onConflict !== 'replace' || holder.status === 'RUNNING') {
    if (onConflict === 'return') await nameHolder(tx, job, holder.jobId);
    return { outcome: 'taken', jobId: holder.jobId, status: holder.status };
  }
  await cancelJob(tx, { id: holder.jobId, userId: job.userId, reason: `replaced by ${job.id}` });
  const second = await store(tx, job, ageingMs);
  return second ? { outcome: 'stored', at: second, replaced: holder.jobId } : 'gone';
}

async function storedAt(db: Queryable, id: string): Promise<Date | undefined> {
  const [row] = await db.query<{ at: Date }>(STORED_AT, [id]);
  return row?.at;
}

const STORED_AT: Statement = {
  name: 'job_stored_at',
  text: 'select created_at as at from cloudtask.jobs where id = $1',
};

/** Undoes the transaction. */
class IdempotencyKeyTaken extends Error {}

/** The time of storing; undefined when the unique key is taken. */
async function store(tx: Queryable, job: NewJob, ageingMs: number): Promise<Date | undefined> {
  const [row] = await tx.query<{ at: Date; hasLock: boolean; isStored: boolean }>(STORE, toValues([job], ageingMs));
  if (!row?.hasLock) return undefined;
  if (!row.isStored) throw new IdempotencyKeyTaken();
  return row.at;
}

async function lockHolder(tx: Queryable, job: NewJob) {
  const [holder] = await tx.query<{ jobId: string; status: JobStatus; isHolding: boolean }>(HOLDER, [
    job.userId,
    job.type,
    job.unique?.key,
  ]);
  return holder;
}

async function nameHolder(tx: Queryable, { userId, idempotency }: NewJob, jobId: string): Promise<void> {
  if (!idempotency) return;
  if (!(await takeKey(tx, userId, { ...idempotency, jobId, isConflict: true }))) throw new IdempotencyKeyTaken();
}

// The lock first: without it nothing else happens. The lock of a job that is not stored goes with the transaction [I13].
const STORE: Statement = {
  name: 'submit_unique_job',
  text: `
  with ${INPUT},
  locks as (
    insert into cloudtask.unique_locks (user_id, type, key, job_id)
    select user_id, type, unique_key, id from input
    on conflict (user_id, type, key) do nothing
    returning job_id
  ),
  keys as (${takeKeys(
    `select user_id, input.key, body_hash, id from input join locks on locks.job_id = input.id where input.key is not null`,
    { isConflict: false },
  )}),
  fresh as materialized (
    select input.* from input join locks on locks.job_id = input.id
     where input.key is null or exists (select from keys where keys.job_id = input.id)
  ), ${insertInto('fresh')}
  select cloudtask.clock() as at, exists (select from locks) as "hasLock", exists (select from fresh) as "isStored"`,
};

// Locks the holder, so that it cannot start while it is being replaced. When that had to wait, the job is seen as it is
// now, but its lock as it was before.
const HOLDER: Statement = {
  name: 'unique_lock_holder',
  text: `
  select s.id as "jobId", s.status,
         s.status in ('SCHEDULED', 'PENDING', 'RETRYING') or s.status = 'RUNNING' and s.unique_until = 'finished' as "isHolding"
    from cloudtask.unique_locks u join cloudtask.job_states s on s.id = u.job_id
   where u.user_id = $1 and u.type = $2 and u.key = $3
     for update of s`,
};
