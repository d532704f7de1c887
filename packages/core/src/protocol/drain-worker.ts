import type { Queryable, Statement } from '../database/database.ts';

export interface DrainRequest {
  workerId: number;
  reason: string | null;
  requestedBy: string;
}

/**
 * Asks a worker to take no more jobs, to end those that it runs, and then itself. It learns of it by its next heartbeat;
 * from now on nobody counts on it. Asked again, only a new reason changes something. False: there is no such worker, or
 * it has ended.
 */
export async function requestDrain(db: Queryable, { workerId, reason, requestedBy }: DrainRequest): Promise<boolean> {
  const rows = await db.query(DRAIN, [workerId, reason, requestedBy]);
  return rows.length > 0;
}

// One that is stopping already drains in any case.
const DRAIN: Statement = {
  name: 'drain_worker',
  text: `
  update cloudtask.workers
     set drain_requested_at = coalesce(drain_requested_at, cloudtask.clock()),
         drain_reason = coalesce($2, drain_reason),
         drain_requested_by = coalesce(drain_requested_by, $3)
   where id = $1 and state in ('live', 'stopping')
  returning id`,
};
