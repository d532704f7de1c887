import type { Queryable, Statement } from '../database/database.ts';
import { IS_CURRENT, lockAsSeen, queryCurrent } from './lock-as-seen.ts';

/**
 * `cancelled`: it had not started and never will. `requested`: it runs; its worker stops it, unless it succeeds first.
 * `finished`: nothing to cancel. `not_found`: no such job of this user.
 */
export type CancelAnswer = 'cancelled' | 'requested' | 'finished' | 'not_found';

export interface CancelRequest {
  id: string;
  userId: string;
  reason: string | null;
}

/** Cancels a job from any status that is not final. Asking again changes nothing. */
export async function cancelJob(db: Queryable, { id, userId, reason }: CancelRequest): Promise<CancelAnswer> {
  const row = await queryCurrent<{ before: string }>(db, CANCEL, [id, userId, reason]);
  switch (row?.before) {
    case undefined:
      return 'not_found';
    case 'SCHEDULED':
    case 'PENDING':
    case 'RETRYING':
      return 'cancelled';
    case 'RUNNING':
      return 'requested';
    default:
      return 'finished';
  }
}

// Locks the row first, then branches: two guarded updates in a row would miss a job that moves between them
// (running → retrying), and a retry could begin after it [I7]. The request is a column and no status, so that a claim cannot overwrite it.
const CANCEL: Statement = {
  name: 'cancel_job',
  text: `${lockAsSeen('s.id, s.status, s.fence, s.worker_id, s.unique_until')},
  ended as (
    update cloudtask.job_states s
       set status = 'CANCELLED', hinted = true, next_at = null, cancel_reason = $3, updated_at = cloudtask.clock()
      from found f
     where s.id = f.id and f.status in ('SCHEDULED', 'PENDING', 'RETRYING')
  ),
  asked as (
    update cloudtask.job_states s
       set cancel_requested_at = cloudtask.clock(), cancel_reason = $3, updated_at = cloudtask.clock()
      from found f
     where s.id = f.id and f.status = 'RUNNING' and s.cancel_requested_at is null
  ),
  noted as (
    insert into cloudtask.cancel_requests (job_id, fence, worker_id)
    select id, fence, worker_id from found where status = 'RUNNING'
    on conflict (job_id, fence) do nothing
  ),
  released as (
    delete from cloudtask.unique_locks u using found f
     where u.job_id = f.id and f.unique_until is not null and f.status in ('SCHEDULED', 'PENDING', 'RETRYING')
  ),
  untimed as (
    delete from cloudtask.timers t using found f
     where t.job_id = f.id and f.status in ('SCHEDULED', 'PENDING', 'RETRYING')
  )
  select status as before, ${IS_CURRENT} from seen`,
};
