import type { Database } from '@cloudtask/core/database/database';
import type { OwnedId } from '@cloudtask/core/protocol/owned-jobs';
import type { JobAttempt } from '@cloudtask/sdk/live-contract';
import { listAttempts } from '../store/job-attempts.ts';
import type { Cursors } from './cursor.ts';
import { type Page, readPage } from './read-page.ts';
import type { PageQuery } from './schemas/list-schema.ts';

const DEFAULT_LIMIT = 100;

/** A page of a job's attempts, the first one first. The caller has seen that the job is its user's. */
export async function listJobAttempts(
  { database, cursors }: { database: Database; cursors: Cursors },
  { userId, id }: OwnedId,
  { limit = DEFAULT_LIMIT, cursor }: PageQuery,
): Promise<Page<JobAttempt>> {
  const page = await readPage<{ fence: number; attempt: JobAttempt }>(
    cursors,
    { userId, list: `attempts ${id}`, limit, cursor, placeOf: ({ fence }) => `${fence}` },
    ({ after = 0, ...from }) => listAttempts(database, { jobId: id, after: Number(after), ...from }),
  );
  return { ...page, rows: page.rows.map(({ attempt }) => attempt) };
}
