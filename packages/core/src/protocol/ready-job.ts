import type { Queryable, Statement } from '../database/database.ts';
import { PAUSED_QUEUES } from './queue-pauses.ts';

/**
 * Whether a job of these types waits in one of these queues for nothing but a worker, offered or not; a paused queue has
 * none. Reads the states of all jobs when there is none: for callers that ask once in a while.
 */
export async function isAnyJobReady(
  db: Queryable,
  { queues, types }: { queues: readonly string[]; types: readonly string[] },
): Promise<boolean> {
  const rows = await db.query(READY, [queues, types]);
  return rows.length > 0;
}

const READY: Statement = {
  name: 'ready_job',
  text: `
  select id from cloudtask.job_states
   where status = 'PENDING' and queue = any($1::text[]) and type = any($2::text[]) and queue <> all (${PAUSED_QUEUES})
   limit 1`,
};
