import type { Database } from '@cloudtask/core/database/database';
import type { JobAttempt } from '@cloudtask/sdk/live-contract';
import { listAttempts } from '../store/job-attempts.ts';
import type { OwnedId } from '../store/job-queries.ts';
import type { Cursors } from './cursor.ts';
import type { PageQuery } from './schemas/list-schema.ts';

export interface AttemptsPage {
  attempts: JobAttempt[];
  nextCursor?: string;
}

const DEFAULT_LIMIT = 100;

/** A page of a job's attempts, the first one first. The caller has seen that the job is its user's. */
export async function listJobAttempts(
  { database, cursors }: { database: Database; cursors: Cursors },
  { userId, id }: OwnedId,
  { limit = DEFAULT_LIMIT, cursor }: PageQuery,
): Promise<AttemptsPage> {
  const list = `attempts ${id}`;
  const after = cursor === undefined ? 0 : Number(cursors.openText(cursor, { userId, list }));
  const found = await listAttempts(database, { jobId: id, after, limit: limit + 1 });
  const attempts = found.slice(0, limit).map(({ attempt }) => attempt);
  const last = found[limit - 1];
  if (found.length <= limit || !last) return { attempts };
  return { attempts, nextCursor: cursors.sealText({ userId, list, text: `${last.fence}` }) };
}
