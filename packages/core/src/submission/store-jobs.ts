import type { JobStatus } from '@cloudtask/sdk/contract';
import type { Queryable } from '../database/database.ts';
import { retryTransient } from '../database/retry.ts';
import { isSqlError } from '../database/sql-error.ts';
import { findIdempotent } from '../protocol/idempotency-keys.ts';
import { type NewJob, submitJobs, submitJobsOnce } from '../protocol/submit.ts';

/**
 * `stored`: accepted, and durable. `replayed`: its idempotency key stands for the same job already.
 * `duplicate`: another job has its unique key, and is the answer. `unique_conflict`: the same, and it was not to be.
 * `key_reused`: its idempotency key stands for another job. `refused`: the database cannot hold it.
 * Only `stored` stores anything.
 */
export type Submitted =
  | { outcome: 'stored'; id: string; at: Date; replaced?: string | null }
  | { outcome: 'replayed'; id: string }
  | { outcome: 'duplicate'; id: string; isReplay: boolean }
  | { outcome: 'unique_conflict'; id: string; status: JobStatus }
  | { outcome: 'key_reused' }
  | { outcome: 'refused'; error: unknown };

type Store = (db: Queryable, jobs: readonly NewJob[], ageingMs: number) => Promise<Submitted[]>;

/** Jobs without an idempotency key: one statement for all. */
export const storePlain: Store = (db, jobs, ageingMs) => eachOnItsOwn(db, jobs, ageingMs, storeTogether);

/** Jobs that each carry a key: one statement, and a look at what the taken keys stand for. */
export const storeKeyed: Store = (db, jobs, ageingMs) => eachOnItsOwn(db, jobs, ageingMs, storeOnce);

/** A row that the database refuses must not fail those beside it: then each goes alone. */
async function eachOnItsOwn(
  db: Queryable,
  jobs: readonly NewJob[],
  ageingMs: number,
  store: Store,
): Promise<Submitted[]> {
  try {
    return await store(db, jobs, ageingMs);
  } catch (error) {
    if (!isSqlError(error, '22', '23')) throw error;
    if (jobs.length === 1) return [{ outcome: 'refused', error }];
  }
  const outcomes: Submitted[] = [];
  for (const job of jobs) outcomes.push(...(await eachOnItsOwn(db, [job], ageingMs, store)));
  return outcomes;
}

// The ids are ours: a second try after a lost answer stores nothing twice.
export const ONCE_MORE = { attempts: 2, isIdempotent: true };

async function storeTogether(db: Queryable, jobs: readonly NewJob[], ageingMs: number): Promise<Submitted[]> {
  const at = await retryTransient(() => submitJobs(db, jobs, ageingMs), ONCE_MORE);
  return jobs.map(({ id }) => ({ outcome: 'stored', id, at }));
}

/**
 * PostgreSQL makes an insert wait for another one in flight with the same key, here or in another process; afterwards
 * both are answered by what was committed. A key that ran out in between gets a second round.
 */
async function storeOnce(db: Queryable, jobs: readonly NewJob[], ageingMs: number): Promise<Submitted[]> {
  const outcomes = new Map<NewJob, Submitted>();
  for (let round = 0; round < MAX_ROUNDS && outcomes.size < jobs.length; round += 1) {
    const open = jobs.filter((job) => !outcomes.has(job));
    const first = firstOfEachKey(open);
    const { at, stored } = await retryTransient(() => submitJobsOnce(db, first, ageingMs), ONCE_MORE);
    for (const job of first) if (stored.has(job.id)) outcomes.set(job, { outcome: 'stored', id: job.id, at });
    await lookUp(db, open, outcomes, at);
  }
  return jobs.map(
    (job) => outcomes.get(job) ?? { outcome: 'refused', error: new Error('the key kept changing hands') },
  );
}

const MAX_ROUNDS = 3;

function firstOfEachKey(jobs: readonly NewJob[]): NewJob[] {
  const first = new Map<string, NewJob>();
  for (const job of jobs) {
    const key = `${job.userId} ${job.idempotency?.key}`;
    if (!first.has(key)) first.set(key, job);
  }
  return [...first.values()];
}

/** What the keys of the jobs without an outcome stand for. */
async function lookUp(
  db: Queryable,
  jobs: readonly NewJob[],
  outcomes: Map<NewJob, Submitted>,
  at: Date,
): Promise<void> {
  const open = Map.groupBy(
    jobs.filter((job) => !outcomes.has(job)),
    (job) => job.userId,
  );
  for (const [userId, own] of open) {
    const keys = own.map((job) => job.idempotency?.key ?? '');
    const records = new Map((await findIdempotent(db, userId, keys)).map((record) => [record.key, record]));
    for (const job of own) {
      const record = records.get(job.idempotency?.key ?? '');
      if (!record) continue;
      // Our own id: the answer to the first try was lost, the job was not.
      if (record.jobId === job.id) outcomes.set(job, { outcome: 'stored', id: job.id, at });
      else if (record.bodyHash !== job.idempotency?.bodyHash) outcomes.set(job, { outcome: 'key_reused' });
      else outcomes.set(job, { outcome: 'replayed', id: record.jobId });
    }
  }
}
