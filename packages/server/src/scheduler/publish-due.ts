import type { Database } from '@cloudtask/core/database/database';
import { fireTimers, nextTimer } from '@cloudtask/core/protocol/fire-timers';
import type { Signals } from '@cloudtask/core/signals/signals';

export interface PublishDue {
  database: Database;
  signals: Signals;
}

/** Timers taken per statement: its transaction stays short, and a flood of them is shared between schedulers. */
const BATCH = 500;
/** A timer that is set for sooner than the next one known is seen this late at the most. */
const LONGEST_WAIT_MS = 250;
/** One that is due but locked by somebody else would otherwise be asked for without a pause. */
const SHORTEST_WAIT_MS = 10;

/** Moves what is due: waiting jobs to PENDING (the dispatcher publishes them), late ones to EXPIRED. */
export async function publishDue({ database, signals }: PublishDue): Promise<{ inMs: number }> {
  const { taken, fired } = await fireTimers(database, BATCH);
  if (fired.length > 0) {
    signals.ring(
      'jobs',
      fired.map(({ id, userId }) => ({ id, userId })),
    );
    const queues = new Set(fired.filter(({ status }) => status === 'PENDING').map(({ queue }) => queue));
    if (queues.size > 0)
      signals.ring(
        'backlog',
        [...queues].map((id) => ({ id })),
      );
  }
  if (taken === BATCH) return { inMs: 0 };
  const next = await nextTimer(database);
  return { inMs: Math.min(LONGEST_WAIT_MS, Math.max(SHORTEST_WAIT_MS, next?.inMs ?? LONGEST_WAIT_MS)) };
}
