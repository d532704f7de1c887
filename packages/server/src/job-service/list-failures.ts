import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import type { FailureCause } from '@cloudtask/sdk/failures-contract';
import { type CausePosition, listFailureCauses } from '../store/failure-causes.ts';
import type { Cursors } from './cursor.ts';
import { listed, timeOf } from './job-filter.ts';
import type { FailuresQuery } from './schemas/list-schema.ts';

export interface ListFailures {
  database: Database;
  clock: Clock;
  cursors: Cursors;
}

export interface FailuresPage {
  causes: FailureCause[];
  nextCursor?: string;
}

const DEFAULT_LIMIT = 100;
const LIST = 'failures';

/** The causes of a user's FAILED jobs that need a look, or of those that were discarded, the one that struck last first. */
export async function listFailures(deps: ListFailures, userId: string, query: FailuresQuery): Promise<FailuresPage> {
  const limit = query.limit ?? DEFAULT_LIMIT;
  const after = query.cursor === undefined ? undefined : deps.cursors.openText(query.cursor, { userId, list: LIST });
  const found = await listFailureCauses(deps.database, {
    userId,
    type: listed(query.type),
    since: timeOf('since', query.since, { nowMs: deps.clock.now() }),
    discarded: query.discarded ?? false,
    after: after === undefined ? undefined : toPosition(after),
    limit: limit + 1,
  });
  const causes = found.slice(0, limit);
  const last = causes.at(-1);
  if (found.length <= limit || !last) return { causes };
  const text = `${last.lastAt} ${last.type} ${last.fingerprint}`;
  return { causes, nextCursor: deps.cursors.sealText({ userId, list: LIST, text }) };
}

function toPosition(text: string): CausePosition {
  const [lastAt = '', type = '', fingerprint = ''] = text.split(' ');
  return { lastAt, type, fingerprint };
}
