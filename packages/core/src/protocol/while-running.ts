import type { Database, Queryable, Statement, Transactional } from '../database/database.ts';
import type { AttemptRef } from '../messages.ts';

/** The attempt has ended, or its job belongs to somebody else by now: nothing was done. */
export class AttemptIsOver extends Error {
  readonly code = 'ATTEMPT_IS_OVER';

  constructor({ jobId }: AttemptRef) {
    super(`job ${jobId} is not run by this attempt any more`);
  }
}

/**
 * A database whose statements happen only while the attempt runs: each shares a transaction with a look at the job,
 * which stays as it was seen until the commit. So a worker that was taken for dead can do nothing late.
 * Throws `AttemptIsOver`. The lock holds up the end of the attempt, and nothing else, for as long as the statement takes.
 */
export function whileRunning(database: Pick<Database, 'transaction'>, attempt: AttemptRef): Transactional {
  const transaction = <T>(work: (tx: Queryable) => Promise<T>): Promise<T> =>
    database.transaction(async (tx) => {
      const { jobId, fence, claimToken } = attempt;
      if ((await tx.query(LOCK, [jobId, fence, claimToken])).length === 0) throw new AttemptIsOver(attempt);
      return await work(tx);
    });
  return { transaction, query: (statement, values) => transaction((tx) => tx.query(statement, values)) };
}

const LOCK: Statement = {
  name: 'lock_running_attempt',
  text: `
  select 1 from cloudtask.job_states
   where id = $1 and fence = $2 and claim_token = $3::uuid and status = 'RUNNING'
     for share`,
};
