import type { Queryable, Statement } from '../database/database.ts';
import type { AttemptRef } from '../messages.ts';
import { arrayText } from './array-text.ts';

/**
 * Which of these attempts are still RUNNING in the database, that is: whose outcome has not arrived yet. Asks by
 * claim, of which there is one for many jobs; answers also for other running jobs of the same claims.
 */
export async function stillUnsettled(db: Queryable, attempts: readonly AttemptRef[]): Promise<Set<string>> {
  const tokens = new Set(attempts.map((attempt) => attempt.claimToken));
  const rows = await db.query<{ id: string }>(UNSETTLED, [arrayText([...tokens])]);
  return new Set(rows.map((row) => row.id));
}

const UNSETTLED: Statement = {
  name: 'still_unsettled',
  text: `
  select s.id
    from cloudtask.claims c
    join cloudtask.job_states s on s.id = any(c.job_ids) and s.claim_token = c.token and s.status = 'RUNNING'
   where c.token = any($1::uuid[])`,
};
