import type { Queryable, Statement } from '../database/database.ts';
import type { AttemptRef } from '../messages.ts';

/** Which of these attempts are still RUNNING in the database, that is: whose outcome has not arrived yet. */
export async function stillUnsettled(db: Queryable, attempts: readonly AttemptRef[]): Promise<Set<string>> {
  const rows = await db.query<{ id: string }>(UNSETTLED, [
    attempts.map((attempt) => attempt.jobId),
    attempts.map((attempt) => attempt.claimToken),
  ]);
  return new Set(rows.map((row) => row.id));
}

const UNSETTLED: Statement = {
  name: 'still_unsettled',
  text: `
  select s.id from unnest($1::uuid[], $2::uuid[]) as a (id, token)
    join cloudtask.job_states s on s.id = a.id and s.claim_token = a.token
   where s.status = 'RUNNING'`,
};
