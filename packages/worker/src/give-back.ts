import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import { releaseJobs, releaseJobsLater } from '@cloudtask/core/protocol/release';
import type { HeldHint, HintBuffer } from './hint-buffer.ts';
import type { WorkerMetrics } from './metrics.ts';

export interface GiveBack {
  database: Database;
  logger: Logger;
  metrics: WorkerMetrics;
}

/**
 * Gives back every hint that waits: messages that nothing was taken of go to the queue as they are; hints of the others
 * are owed again in the database, and the dispatcher offers them.
 */
export async function giveBack({ database, logger, metrics }: GiveBack, buffer: HintBuffer): Promise<void> {
  const { whole, parts } = buffer.clear();
  for (const delivery of whole) delivery.requeue();
  if (parts.length === 0) return;
  metrics.releasedHints.inc({ why: 'no_slot' }, parts.length);
  try {
    await releaseJobs(
      database,
      parts.map(({ id }) => id),
    );
    buffer.dispose(parts);
  } catch (error) {
    // The whole message comes again: those of its jobs that run already are surplus then.
    logger.debug({ err: error, hints: parts.length }, 'hints could not be released, their messages go back');
    requeueAll(parts);
  }
}

export interface Later {
  why: 'no_handler' | 'type_limit';
  inMs: number;
}

/** For jobs that this worker cannot run just now: offered again after a while, by then perhaps to somebody who can. */
export async function giveBackLater(
  { database, logger, metrics }: GiveBack,
  buffer: HintBuffer,
  hints: readonly HeldHint[],
  { why, inMs }: Later = { why: 'no_handler', inMs: OFFER_AGAIN_MS },
): Promise<void> {
  metrics.releasedHints.inc({ why }, hints.length);
  try {
    await releaseJobsLater(
      database,
      hints.map(({ id }) => id),
      inMs,
    );
    buffer.dispose(hints);
  } catch (error) {
    logger.debug({ err: error, hints: hints.length }, 'hints could not be released, their messages go back');
    await pause(RETRY_MS);
    requeueAll(hints);
  }
}

/** Jobs of which this worker holds nothing but the ids: offered again at once. */
export async function offerAgain({ database, logger }: GiveBack, ids: readonly string[]): Promise<void> {
  try {
    await releaseJobs(database, ids);
  } catch (error) {
    logger.debug({ err: error, hints: ids.length }, 'hints could not be released, they are offered again later');
  }
}

function requeueAll(hints: readonly HeldHint[]): void {
  for (const delivery of new Set(hints.map(({ chunk }) => chunk.delivery))) delivery.requeue();
}

export const OFFER_AGAIN_MS = 500;
const RETRY_MS = 1_000;
