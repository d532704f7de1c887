import type { Queryable, Statement } from '../database/database.ts';
import type { AttemptRef } from '../messages.ts';
import { arrayText } from './array-text.ts';

/**
 * Notes that a handler succeeded although its attempt had ended already: it was cancelled, had timed out, or its worker
 * had been given up. The result changes nothing and is not kept. What was settled by such a report is left alone, so that
 * one that comes twice is not taken for a late one.
 */
export async function noteLateResults(db: Queryable, attempts: readonly AttemptRef[]): Promise<void> {
  if (attempts.length === 0) return;
  await db.query(NOTE, [
    arrayText(attempts.map(({ jobId }) => jobId)),
    arrayText(attempts.map(({ fence }) => fence)),
    arrayText(attempts.map(({ claimToken }) => claimToken)),
  ]);
}

// An attempt that succeeded has no row here, one whose success could not be stored has. The token keeps others from saying it.
const NOTE: Statement = {
  name: 'note_late_results',
  text: `
  update cloudtask.attempts a set late_result_at = cloudtask.clock()
    from unnest($1::uuid[], $2::integer[], $3::uuid[]) as r (id, fence, token)
   where a.job_id = r.id and a.fence = r.fence and a.claim_token = r.token and a.late_result_at is null
     and a.reason is distinct from 'RESULT_NOT_STORABLE'`,
};
