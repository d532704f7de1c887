import type { Database } from '@cloudtask/core/database/database';
import type { OwnedId } from '@cloudtask/core/protocol/owned-jobs';
import { type JobLog, LOG_LEVELS } from '@cloudtask/sdk/live-contract';
import { type LogRow, listLogs } from '../store/job-journal.ts';
import type { Cursors } from './cursor.ts';
import { toLog } from './job-sequence.ts';
import { type Page, readPage } from './read-page.ts';
import type { LogsQuery } from './schemas/live-schema.ts';

const DEFAULT_LIMIT = 100;

/** A page of a job's log. The caller has seen that the job is its user's. */
export async function listJobLogs(
  { database, cursors }: { database: Database; cursors: Cursors },
  { userId, id }: OwnedId,
  { level, attempt, order = 'oldest', limit = DEFAULT_LIMIT, cursor }: LogsQuery,
): Promise<Page<JobLog>> {
  const page = await readPage<LogRow>(
    cursors,
    { userId, list: `logs ${id} ${order}`, limit, cursor, placeOf: ({ fence, n }) => `${fence} ${n}` },
    ({ after, ...from }) =>
      listLogs(database, {
        jobId: id,
        levels: level && LOG_LEVELS.slice(LOG_LEVELS.indexOf(level)),
        attempt,
        order,
        after: after === undefined ? undefined : toPlace(after),
        ...from,
      }),
  );
  return { ...page, rows: page.rows.map(toLog) };
}

function toPlace(text: string) {
  const [fence = 0, n = 0] = text.split(' ').map(Number);
  return { fence, n };
}
