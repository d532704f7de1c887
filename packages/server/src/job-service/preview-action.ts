import type { Database } from '@cloudtask/core/database/database';
import { type JobRow, toJob } from '@cloudtask/core/protocol/job-row';
import type { JobActionPreview } from '@cloudtask/sdk/failures-contract';
import { type JobFilter, listJobs, SCAN } from '../store/list-jobs.ts';

const MOST_COUNTED = 10_000;
const PAGE = 1_000;
const SAMPLE = 10;
/** Then the answer is what was counted so far. */
const COUNT_MS = 5_000;

/** Counts what a filter chooses, in the order in which an action would come to it. */
export async function previewAction(
  database: Database,
  { userId, filter }: { userId: string; filter: JobFilter },
): Promise<JobActionPreview> {
  const giveUpAt = performance.now() + COUNT_MS;
  const first: JobRow[] = [];
  let matched = 0;
  let after: string | undefined;
  for (;;) {
    const { rows, reached } = await listJobs(database, {
      userId,
      filter,
      order: 'oldest',
      after,
      limit: PAGE,
      scan: SCAN,
      withBodies: false,
    });
    first.push(...rows.slice(0, SAMPLE - first.length));
    matched += rows.length;
    const isOver = reached === undefined;
    if (isOver || matched >= MOST_COUNTED || performance.now() > giveUpAt) {
      return { matched, isExact: isOver, sample: first.map(toSample) };
    }
    after = reached;
  }
}

function toSample(row: JobRow): JobActionPreview['sample'][number] {
  const { id, type, status, createdAt, error } = toJob(row);
  return { id, type, status, createdAt, error };
}
