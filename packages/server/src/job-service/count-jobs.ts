import type { Database } from '@cloudtask/core/database/database';
import type { JobCount } from '@cloudtask/sdk/failures-contract';
import { countInWindow, type JobFilter, SCAN } from '../store/list-jobs.ts';

const MOST_COUNTED = 10_000;
/** Then the answer is what was counted so far. */
const COUNT_MS = 5_000;

/** Counts what a filter chooses, the oldest first. */
export async function countJobs(
  database: Database,
  { userId, filter }: { userId: string; filter: JobFilter },
): Promise<JobCount> {
  const giveUpAt = performance.now() + COUNT_MS;
  let total = 0;
  let after: string | undefined;
  for (;;) {
    const { count, reached } = await countInWindow(database, { userId, filter, order: 'oldest', after, scan: SCAN });
    total += count;
    if (total > MOST_COUNTED) return { count: MOST_COUNTED, isExact: false };
    if (reached === undefined) return { count: total, isExact: true };
    if (performance.now() > giveUpAt) return { count: total, isExact: false };
    after = reached;
  }
}
