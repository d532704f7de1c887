import type { Transactional } from '../database/database.ts';
import { retryTransient } from '../database/retry.ts';
import { isSqlError } from '../database/sql-error.ts';
import { findIdempotent, type IdempotencyRecord } from '../protocol/idempotency-keys.ts';
import type { NewJob } from '../protocol/submit.ts';
import { type OnConflict, submitUniqueJob, type UniqueAnswer } from '../protocol/submit-unique.ts';
import { ONCE_MORE, type Submitted } from './store-jobs.ts';

export interface UniqueJob extends NewJob {
  unique: NonNullable<NewJob['unique']>;
  onConflict?: OnConflict | undefined;
}

export function isUniqueJob(job: NewJob & { onConflict?: OnConflict | undefined }): job is UniqueJob {
  return job.unique !== undefined;
}

/** A job with a unique key: a transaction of its own, in which the key decides. Its idempotency key goes before that. */
export async function storeUniqueJob(db: Transactional, job: UniqueJob, ageingMs: number): Promise<Submitted> {
  try {
    return await store(db, job, ageingMs);
  } catch (error) {
    if (isSqlError(error, '22', '23')) return { outcome: 'refused', error };
    throw error;
  }
}

async function store(db: Transactional, job: UniqueJob, ageingMs: number): Promise<Submitted> {
  const { onConflict = 'return', ...rest } = job;
  // The idempotency key may run out between the transaction and the look at it: then once more.
  for (let round = 0; round < MAX_ROUNDS; round += 1) {
    const answer = await retryTransient(() => submitUniqueJob(db, rest, { onConflict, ageingMs }), ONCE_MORE);
    if (answer.outcome === 'stored') return { ...answer, id: job.id };
    const known = await replayOf(db, job, answer, onConflict);
    if (known) return known;
    if (answer.outcome === 'key_taken') continue;
    const { jobId, status } = answer;
    return onConflict === 'return'
      ? { outcome: 'duplicate', id: jobId, isReplay: false }
      : { outcome: 'unique_conflict', id: jobId, status };
  }
  return { outcome: 'refused', error: new Error('the key kept changing hands') };
}

const MAX_ROUNDS = 3;

/** What the idempotency key stood for before. With `return` a taken unique key has just made it stand for that job. */
async function replayOf(
  db: Transactional,
  { userId, idempotency }: UniqueJob,
  { outcome }: UniqueAnswer,
  onConflict: OnConflict,
): Promise<Submitted | undefined> {
  if (!idempotency || (outcome === 'taken' && onConflict === 'return')) return undefined;
  const [record] = await findIdempotent(db, userId, [idempotency.key]);
  return record && toReplay(record, idempotency.bodyHash);
}

function toReplay({ bodyHash, jobId, isConflict }: IdempotencyRecord, askedHash: string): Submitted {
  if (bodyHash !== askedHash) return { outcome: 'key_reused' };
  return isConflict ? { outcome: 'duplicate', id: jobId, isReplay: true } : { outcome: 'replayed', id: jobId };
}
