import type { Queryable, Statement } from '../database/database.ts';
import { WORKER_LOCK } from './workers.ts';

/**
 * Takes the lock that shows a worker to be alive, for as long as the session lives. False: another session has it,
 * usually an earlier one of this worker that the server has not noticed to be gone.
 */
export async function lockWorker(session: Queryable, workerId: number): Promise<boolean> {
  const [row] = await session.query<{ locked: boolean }>(LOCK, [WORKER_LOCK, workerId]);
  return row?.locked ?? false;
}

const LOCK: Statement = {
  name: 'lock_worker',
  text: 'select pg_try_advisory_lock($1::integer, $2::integer) as locked',
};
