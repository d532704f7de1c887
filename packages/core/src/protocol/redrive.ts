import type { Queryable, Statement } from '../database/database.ts';

export type RedriveAnswer = 'pending' | 'not_finished' | 'completed' | 'not_found';

/**
 * A person's retry of a job that ended badly: as many attempts again as it had at first. The fence and the count of
 * attempts go on from where they were, so that nothing of its earlier life can settle the new one.
 */
export async function redriveJob(
  db: Queryable,
  { id, userId }: { id: string; userId: string },
  ageingMs: number,
): Promise<RedriveAnswer> {
  const [row] = await db.query<{ before: string }>(REDRIVE, [id, userId, ageingMs]);
  switch (row?.before) {
    case undefined:
      return 'not_found';
    case 'FAILED':
    case 'CANCELLED':
    case 'EXPIRED':
      return 'pending';
    case 'COMPLETED':
      return 'completed';
    default:
      return 'not_finished';
  }
}

// Asked for again, so no longer to be cancelled [I7]. Losses move over to failures [I6]: the sum counts attempts, the losses alone would make it POISON at the next one.
// `claim_token` and `next_at` are null already, and written for the reason that cancel.ts gives.
const REDRIVE: Statement = {
  name: 'redrive_job',
  text: `
  with found as materialized (
    select s.id, s.status, j.max_attempts, j.priority
      from cloudtask.job_states s join cloudtask.jobs j on j.id = s.id
     where s.id = $1 and j.user_id = $2
       for update of s
  ),
  redriven as (
    update cloudtask.job_states s
       set status = 'PENDING', hinted = false, fence = s.fence + 1,
           failures = s.failures + s.losses, losses = 0, attempt_limit = s.failures + s.losses + f.max_attempts,
           rank = (extract(epoch from cloudtask.clock()) * 1000)::bigint - $3::bigint * f.priority,
           claim_token = null, next_at = null, reason = null, error = null, cancel_requested_at = null, cancel_reason = null,
           updated_at = cloudtask.clock()
      from found f
     where s.id = f.id and f.status in ('FAILED', 'CANCELLED', 'EXPIRED')
  )
  select status as before from found`,
};
