import { setTimeout as pause } from 'node:timers/promises';
import type { Database } from '@cloudtask/core/database/database';
import { isSqlError } from '@cloudtask/core/database/sql-error';
import type { Logger } from '@cloudtask/core/logger';
import { type ClaimedJob, type ClaimRequest, claimedBy, claimJobs } from '@cloudtask/core/protocol/claim';

export interface ClaimSurely {
  database: Database;
  logger: Logger;
  /** False when this worker lost its lease in the meantime: whatever was claimed is somebody else's to see to. */
  isOwner(): boolean;
}

/**
 * Claims, and finds out what was claimed when the answer is lost: waits until the database is back. Undefined when the
 * lease was lost before it was.
 */
export async function claimSurely(deps: ClaimSurely, request: ClaimRequest): Promise<ClaimedJob[] | undefined> {
  const { database } = deps;
  try {
    return await claimJobs(database, request);
  } catch (error) {
    report(deps.logger, error);
  }
  for (let retries = 0; ; retries += 1) {
    await pause(Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(retries, 10)));
    if (!deps.isOwner()) return undefined;
    try {
      // The first statement may still be under way in the server. This one waits for its locks, or takes what it did
      // not get; afterwards the token tells what is ours, whichever of the two got it.
      await claimJobs(database, request);
      return await claimedBy(database, request.token);
    } catch (error) {
      if (retries % LOG_EACH === 0) report(deps.logger, error);
    }
  }
}

function report(logger: Logger, error: unknown): void {
  if (isSqlError(error)) logger.error({ err: error }, 'the database refused a claim, trying again');
  else logger.warn({ err: error }, 'the answer to a claim was lost, asking again until the database answers');
}

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 1_000;
const LOG_EACH = 30;
