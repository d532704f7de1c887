import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { type JobRow, toJob } from '@cloudtask/core/protocol/job-row';
import type { Job } from '@cloudtask/sdk/contract';
import { findBySuffix } from '../store/job-queries.ts';
import { BODIES, type ListJobs, listJobs, SCAN } from '../store/list-jobs.ts';
import type { Cursors, ListOrder } from './cursor.ts';
import { toJobFilter } from './job-filter.ts';
import { ApiProblem } from './problem.ts';
import type { JobReader } from './read-jobs.ts';
import type { ListQuery } from './schemas/list-schema.ts';

export interface ListOwnJobs {
  database: Database;
  clock: Clock;
  cursors: Cursors;
  reader: JobReader;
}

export interface JobListPage {
  jobs: Job[];
  nextCursor?: string;
}

const DEFAULT_LIMIT = 100;
/** Then the page is answered as far as it is; its cursor goes on where the search stopped. */
const SEARCH_MS = 1_000;

export async function listOwnJobs(
  deps: ListOwnJobs,
  userId: string,
  query: ListQuery,
  fields?: ReadonlySet<string>,
): Promise<JobListPage> {
  if (query.ref !== undefined) return { jobs: await findByReference(deps, userId, query.ref) };
  const order: ListOrder = query.order ?? 'newest';
  const limit = query.limit ?? DEFAULT_LIMIT;
  const filter = toJobFilter(query, { nowMs: deps.clock.now() });
  const list: ListJobs = {
    userId,
    filter,
    order,
    limit,
    after: query.cursor === undefined ? undefined : deps.cursors.open(query.cursor, { userId, order }),
    scan: Object.values(filter).some((value) => value !== undefined) ? SCAN : limit + 1,
    withBodies: !fields || BODIES.some((body) => fields.has(body)),
  };
  const { rows, reached } = await search(deps, list);
  const jobs = rows.map(toJob);
  return reached === undefined ? { jobs } : { jobs, nextCursor: deps.cursors.seal({ userId, order, id: reached }) };
}

async function search({ database }: ListOwnJobs, list: ListJobs): Promise<{ rows: JobRow[]; reached?: string }> {
  const giveUpAt = performance.now() + SEARCH_MS;
  const rows: JobRow[] = [];
  let after = list.after;
  for (;;) {
    const page = await listJobs(database, { ...list, after, limit: list.limit - rows.length });
    rows.push(...page.rows);
    if (page.reached === undefined) return { rows };
    if (rows.length >= list.limit || performance.now() > giveUpAt) return { rows, reached: page.reached };
    after = page.reached;
  }
}

/** `7F3KQ2`: the end of an id, when it is the only one among the newest 1,000. */
async function findByReference({ database, reader }: ListOwnJobs, userId: string, ref: string): Promise<Job[]> {
  const [id, ...others] = await findBySuffix(database, userId, ref.replaceAll('-', '').toLowerCase());
  if (id === undefined) return [];
  if (others.length > 0) {
    throw new ApiProblem('AMBIGUOUS_REFERENCE', `${JSON.stringify(ref)} fits several of your jobs.`, {
      issues: [id, ...others].map((each) => ({ path: '/ref', message: `fits ${each}` })),
    });
  }
  const row = await reader.read({ userId, id });
  return row ? [toJob(row)] : [];
}
