import type { Database } from '@cloudtask/core/database/database';
import { type JobRow, toJob } from '@cloudtask/core/protocol/job-row';
import type { JobActionPreview } from '@cloudtask/sdk/failures-contract';
import type { JobFilter } from '../store/list-jobs.ts';
import { countJobs } from './count-jobs.ts';

const SAMPLE = 10;

/** Counts what a filter chooses, in the order in which an action would come to it. */
export async function previewAction(
  database: Database,
  chosen: { userId: string; filter: JobFilter },
): Promise<JobActionPreview> {
  const first: JobRow[] = [];
  const { count, isExact } = await countJobs(database, chosen, (rows) => {
    first.push(...rows.slice(0, SAMPLE - first.length));
  });
  return { matched: count, isExact, sample: first.map(toSample) };
}

function toSample(row: JobRow): JobActionPreview['sample'][number] {
  const { id, type, status, createdAt, error } = toJob(row);
  return { id, type, status, createdAt, error };
}
