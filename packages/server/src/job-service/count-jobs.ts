import type { Database } from '@cloudtask/core/database/database';
import type { JobRow } from '@cloudtask/core/protocol/job-row';
import type { JobCount } from '@cloudtask/sdk/failures-contract';
import { type JobFilter, listJobs, SCAN } from '../store/list-jobs.ts';

const MOST_COUNTED = 10_000;
const PAGE = 1_000;
/** Then the answer is what was counted so far. */
const COUNT_MS = 5_000;

/** Counts what a filter chooses, the oldest first; `onRows` sees them as they are counted. */
export async function countJobs(
  database: Database,
  { userId, filter }: { userId: string; filter: JobFilter },
  onRows: (rows: readonly JobRow[]) => void = () => {},
): Promise<JobCount> {
  const giveUpAt = performance.now() + COUNT_MS;
  let count = 0;
  let after: string | undefined;
  for (;;) {
    const limit = Math.min(PAGE, MOST_COUNTED - count);
    const list = { userId, filter, order: 'oldest', after, limit, scan: SCAN, withBodies: false } as const;
    const { rows, reached } = await listJobs(database, list);
    onRows(rows);
    count += rows.length;
    const isOver = reached === undefined;
    if (isOver || count >= MOST_COUNTED || performance.now() > giveUpAt) return { count, isExact: isOver };
    after = reached;
  }
}
