import type { Database } from '@cloudtask/core/database/database';
import { pruneExpiredRows } from '@cloudtask/core/protocol/prune-expired';

const BATCH = 1_000;

/** Forgets keys and tokens whose time is over, in small batches, until none is left. */
export async function pruneExpired({ database }: { database: Database }): Promise<{ again: boolean }> {
  return { again: (await pruneExpiredRows(database, BATCH)) === BATCH };
}
