import type { Queryable, Statement } from '../database/database.ts';
import { IS_CURRENT, lockAsSeen, queryCurrent } from './lock-as-seen.ts';

/** `unchanged`: it was so before. `not_failed`: only a failure can be discarded. `not_found`: no such job of this user. */
export type DiscardAnswer = 'discarded' | 'restored' | 'unchanged' | 'not_failed' | 'not_found';

export interface DiscardRequest {
  id: string;
  userId: string;
  /** Kept with the failure. */
  reason: string | null;
}

/**
 * A person's word that a FAILED job needs nothing more. It ends nothing and moves nothing: the job keeps its status, its
 * error and its listing by cause [I14], until it is retried or removed. Asking again changes nothing, the reason neither.
 */
export async function discardFailure(
  db: Queryable,
  { id, userId, reason }: DiscardRequest,
): Promise<Exclude<DiscardAnswer, 'restored'>> {
  return await mark(db, DISCARD, [id, userId, reason], 'discarded');
}

/** Takes that word back. */
export async function restoreFailure(
  db: Queryable,
  { id, userId }: Omit<DiscardRequest, 'reason'>,
): Promise<Exclude<DiscardAnswer, 'discarded'>> {
  return await mark(db, RESTORE, [id, userId], 'restored');
}

async function mark<Done extends DiscardAnswer>(
  db: Queryable,
  statement: Statement,
  values: readonly unknown[],
  done: Done,
): Promise<Done | 'unchanged' | 'not_failed' | 'not_found'> {
  const row = await queryCurrent<{ before: string; changed: boolean }>(db, statement, values);
  if (row === undefined) return 'not_found';
  if (row.changed) return done;
  return row.before === 'FAILED' ? 'unchanged' : 'not_failed';
}

// The job's lock comes first, as in every statement that reaches for its side rows: a retry takes the row away, and two
// batches that met here in different orders would wait for each other.
const DISCARD: Statement = {
  name: 'discard_failure',
  text: `${lockAsSeen('s.id')},
  changed as (
    update cloudtask.failures l set discarded_at = cloudtask.clock(), discard_reason = $3
      from found f
     where l.job_id = f.id and l.discarded_at is null
    returning l.job_id
  )
  select status as before, ${IS_CURRENT}, exists (select from changed) as changed from seen`,
};

const RESTORE: Statement = {
  name: 'restore_failure',
  text: `${lockAsSeen('s.id')},
  changed as (
    update cloudtask.failures l set discarded_at = null, discard_reason = null
      from found f
     where l.job_id = f.id and l.discarded_at is not null
    returning l.job_id
  )
  select status as before, ${IS_CURRENT}, exists (select from changed) as changed from seen`,
};
