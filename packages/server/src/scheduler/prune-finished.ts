import type { Database } from '@cloudtask/core/database/database';
import { firstIdAt, timeOfId } from '@cloudtask/core/ids';
import type { Logger } from '@cloudtask/core/logger';
import { advanceDuty, holdDuty } from '@cloudtask/core/protocol/duties';
import { oldestJobAt, pruneNoted, pruneRange, type Retention } from '@cloudtask/core/protocol/prune-jobs';
import { readClock } from '@cloudtask/core/protocol/read-clock';

export interface PruneFinished {
  database: Database;
  logger: Logger;
  /** Who this scheduler is among its replicas. */
  holder: string;
  retention: Retention;
}

const DUTY = 'prune-jobs';
const DUTY_MS = 120_000;
/** Small, so that nobody waits long for a lock. */
const BATCH = 500;
/** Then others have their turn; the rest is done by the next round, which follows at once. */
const MOST_BATCHES = 20;
/** So that the walk goes on, whatever has been noted. */
const MOST_NOTED = MOST_BATCHES / 2;

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
  let hasNoted = true;
  while (hasNoted && batches < MOST_NOTED) hasNoted = count(await pruneNoted(database, BATCH, retention));
  const { finishedMs, failedMs } = retention;
  const end = new Date((await readClock(database)).getTime() - Math.min(finishedMs, failedMs));
  const from = held.watermark ?? (await oldestJobAt(database)) ?? end;
  let after = firstIdAt(from);
  let isDone = from >= end;
  while (!isDone && batches < MOST_BATCHES) {
    const pruned = await pruneRange(database, { after, until: firstIdAt(end), limit: BATCH }, retention);
    isDone = !count(pruned) || pruned.lastId === null;
    after = pruned.lastId ?? after;
    await advanceDuty(database, { name: DUTY, watermark: isDone ? end : timeOfId(after) });
  }
  if (removed > 0) logger.info({ jobs: removed }, 'jobs whose retention is over were removed');
  return { again: hasNoted || !isDone };
}
