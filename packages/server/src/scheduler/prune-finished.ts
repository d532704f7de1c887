import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import { advanceDuty, holdDuty } from '@cloudtask/core/protocol/duties';
import { oldestJobAt, pruneNoted, pruneRange, type Retention } from '@cloudtask/core/protocol/prune-jobs';
import { readClock } from '@cloudtask/core/protocol/read-clock';
import { firstIdAt } from '@cloudtask/core/protocol/unhint';

export interface PruneFinished {
  database: Database;
  logger: Logger;
  /** Who this scheduler is among its replicas. */
  holder: string;
  retention: Retention;
}

export const DEFAULT_RETENTION: Retention = { finishedMs: 7 * 86_400_000, failedMs: 30 * 86_400_000 };

const DUTY = 'prune-jobs';
const DUTY_MS = 120_000;
/** Small, so that nobody waits long for a lock. */
const BATCH = 500;
/** Then others have their turn; the rest is done by the next round, which follows at once. */
const MOST_BATCHES = 20;
/** The watermark moves by at most this much at a time, so that a crash repeats little. */
const SLICE_MS = 3_600_000;

/** Removes jobs whose time is over: the oldest ids first, a small batch at a time, as far as they are old enough. */
export async function pruneFinished(deps: PruneFinished): Promise<{ again: boolean }> {
  const { database, holder, retention, logger } = deps;
  const held = await holdDuty(database, { name: DUTY, holder, holdMs: DUTY_MS });
  if (!held) return { again: false };
  let removed = 0;
  let batches = 0;
  const count = (pruned: { removed: number; looked: number }) => {
    removed += pruned.removed;
    batches += 1;
    return pruned.looked === BATCH;
  };
  const isBusy = () => batches >= MOST_BATCHES;

  while (!isBusy() && count(await pruneNoted(database, BATCH, retention))) {}
  const { finishedMs, failedMs } = retention;
  const end = (await readClock(database)).getTime() - Math.min(finishedMs, failedMs);
  let from = held.watermark?.getTime() ?? (await oldestJobAt(database))?.getTime() ?? end;
  while (from < end && !isBusy()) {
    const until = Math.min(from + SLICE_MS, end);
    let after = firstIdAt(new Date(from));
    for (;;) {
      const pruned = await pruneRange(database, { after, until: firstIdAt(new Date(until)), limit: BATCH }, retention);
      if (!count(pruned) || pruned.lastId === null) break;
      after = pruned.lastId;
    }
    await advanceDuty(database, { name: DUTY, watermark: new Date(until) });
    from = until;
  }
  if (removed > 0) logger.info({ jobs: removed }, 'jobs whose retention is over were removed');
  return { again: isBusy() };
}
