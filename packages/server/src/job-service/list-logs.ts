import type { Database } from '@cloudtask/core/database/database';
import { type JobLog, LOG_LEVELS } from '@cloudtask/sdk/live-contract';
import { listLogs } from '../store/job-journal.ts';
import type { OwnedId } from '../store/job-queries.ts';
import type { Cursors } from './cursor.ts';
import { toLog } from './job-sequence.ts';
import type { LogsQuery } from './schemas/live-schema.ts';

export interface LogsPage {
  logs: JobLog[];
  nextCursor?: string;
}

const DEFAULT_LIMIT = 100;

/** A page of a job's log. The caller has seen that the job is its user's. */
export async function listJobLogs(
  { database, cursors }: { database: Database; cursors: Cursors },
  { userId, id }: OwnedId,
  { level, attempt, order = 'oldest', limit = DEFAULT_LIMIT, cursor }: LogsQuery,
): Promise<LogsPage> {
  const list = `logs ${id} ${order}`;
  const found = await listLogs(database, {
    jobId: id,
    levels: level && LOG_LEVELS.slice(LOG_LEVELS.indexOf(level)),
    attempt,
    order,
    after: cursor === undefined ? undefined : toPlace(cursors.openText(cursor, { userId, list })),
    limit: limit + 1,
  });
  const logs = found.slice(0, limit).map(toLog);
  const last = found[limit - 1];
  if (found.length <= limit || !last) return { logs };
  return { logs, nextCursor: cursors.sealText({ userId, list, text: `${last.fence} ${last.n}` }) };
}

function toPlace(text: string) {
  const [fence = 0, n = 0] = text.split(' ').map(Number);
  return { fence, n };
}
