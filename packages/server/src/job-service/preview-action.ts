import type { Database } from '@cloudtask/core/database/database';
import { type JobRow, toJob } from '@cloudtask/core/protocol/job-row';
import type { JobActionPreview } from '@cloudtask/sdk/failures-contract';
import { type JobFilter, listJobs, SCAN } from '../store/list-jobs.ts';
import { countJobs } from './count-jobs.ts';

const SAMPLE = 10;

/** Counts what a filter chooses, in the order in which an action would come to it. */
export async function previewAction(
  database: Database,
  chosen: { userId: string; filter: JobFilter },
): Promise<JobActionPreview> {
  const { count, isExact } = await countJobs(database, chosen);
  const first = await readFirst(database, chosen, Math.min(count, SAMPLE));
  return { matched: count, isExact, sample: first.map(toSample) };
}

/** No more than were counted: to look for another one might be to look at all jobs. */
async function readFirst(
  database: Database,
  chosen: { userId: string; filter: JobFilter },
  count: number,
): Promise<JobRow[]> {
  const rows: JobRow[] = [];
  let after: string | undefined;
  while (rows.length < count) {
    const limit = count - rows.length;
    const page = await listJobs(database, { ...chosen, order: 'oldest', after, limit, scan: SCAN, withBodies: false });
    rows.push(...page.rows);
    if (page.reached === undefined) break;
    after = page.reached;
  }
  return rows;
}

function toSample(row: JobRow): JobActionPreview['sample'][number] {
  const { id, type, status, createdAt, error } = toJob(row);
  return { id, type, status, createdAt, error };
}
