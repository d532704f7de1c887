import type { Queryable, Statement } from '../database/database.ts';
import { IS_CURRENT, lockAsSeen, queryCurrent } from './lock-as-seen.ts';

/** `unique_conflict`: another job has taken its unique key meanwhile. */
export type RedriveAnswer = 'pending' | 'not_finished' | 'completed' | 'not_found' | 'unique_conflict';

export interface RedriveRequest {
  id: string;
  userId: string;
  /** JSON text that takes the place of the job's payload. What was saved on the way through the old one goes with it. */
  payload?: string | undefined;
}

/**
 * A person's retry of a job that ended badly: as many attempts again as it had at first. The fence and the count of
 * attempts go on from where they were, so that nothing of its earlier life can settle the new one.
 */
export async function redriveJob(
  db: Queryable,
  { id, userId, payload }: RedriveRequest,
  ageingMs: number,
): Promise<RedriveAnswer> {
  const row = await queryCurrent<{ before: string; moved: boolean }>(db, REDRIVE, [
    id,
    userId,
    ageingMs,
    payload ?? null,
  ]);
  switch (row?.before) {
    case undefined:
      return 'not_found';
    case 'FAILED':
    case 'CANCELLED':
    case 'EXPIRED':
      return row.moved ? 'pending' : 'unique_conflict';
    case 'COMPLETED':
      return 'completed';
    default:
      return 'not_finished';
  }
}

// Asked for again, so no longer to be cancelled [I7]. Losses move over to failures [I6]: the sum counts attempts, the losses alone would make it POISON at the next one.
// A unique key that it gave back when it ended is taken again, or nothing happens [I13].
const REDRIVE: Statement = {
  name: 'redrive_job',
  text: `${lockAsSeen('s.id, s.status, s.unique_until, j.user_id, j.type, j.unique_key, j.max_attempts, j.priority')},
  relocked as (
    insert into cloudtask.unique_locks (user_id, type, key, job_id)
    select user_id, type, unique_key, id from found
     where unique_until is not null and status in ('FAILED', 'CANCELLED', 'EXPIRED')
    on conflict (user_id, type, key) do nothing
    returning job_id
  ),
  redriven as (
    update cloudtask.job_states s
       set status = 'PENDING', hinted = false, fence = s.fence + 1,
           failures = s.failures + s.losses, losses = 0, attempt_limit = s.failures + s.losses + f.max_attempts,
           rank = (extract(epoch from cloudtask.clock()) * 1000)::bigint - $3::bigint * f.priority,
           reason = null, error = null, cancel_requested_at = null, cancel_reason = null,
           updated_at = cloudtask.clock()
      from found f
     where s.id = f.id and f.status in ('FAILED', 'CANCELLED', 'EXPIRED')
       and (f.unique_until is null or exists (select from relocked))
    returning s.id
  ),
  asked_anew as (
    update cloudtask.jobs j set payload = $4::json from redriven r where j.id = r.id and $4::json is not null
  ),
  begun_anew as (
    delete from cloudtask.checkpoints k using redriven r where k.job_id = r.id and $4::json is not null
  ),
  unlisted as (delete from cloudtask.failures l using redriven r where l.job_id = r.id)
  select status as before, ${IS_CURRENT}, exists (select from redriven) as moved from seen`,
};
