import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { firstIdAt } from '@cloudtask/core/protocol/unhint';
import type { Job, JobStatus } from '@cloudtask/sdk/contract';
import { JOB_STATUSES } from '@cloudtask/sdk/contract';
import { parseDuration } from '@cloudtask/sdk/duration';
import { findBySuffix } from '../store/job-queries.ts';
import { type JobRow, toJob } from '../store/job-row.ts';
import { type JobFilter, type ListJobs, listJobs } from '../store/list-jobs.ts';
import type { Cursors, ListOrder } from './cursor.ts';
import { invalid } from './http/validators.ts';
import { ApiProblem } from './problem.ts';
import type { JobReader } from './read-jobs.ts';
import type { ListQuery } from './schemas/list-schema.ts';
import { parseTime } from './strict-time.ts';

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
/** Jobs looked at per statement when filters may find few among many. */
const SCAN = 5_000;
/** Then the page is answered as far as it is; its cursor goes on where the search stopped. */
const SEARCH_MS = 1_000;
/** Ids carry the submitter's time, rows the database's: the index bounds leave this much room for the difference. */
const CLOCK_MARGIN_MS = 60_000;

export async function listOwnJobs(
  deps: ListOwnJobs,
  userId: string,
  query: ListQuery,
  fields?: ReadonlySet<string>,
): Promise<JobListPage> {
  if (query.ref !== undefined) return { jobs: await findByReference(deps, userId, query.ref) };
  const order: ListOrder = query.order ?? 'newest';
  const limit = query.limit ?? DEFAULT_LIMIT;
  const filter = toFilter(query, deps.clock.now());
  const list: ListJobs = {
    userId,
    filter,
    order,
    limit,
    after: query.cursor === undefined ? undefined : deps.cursors.open(query.cursor, { userId, order }),
    from: filter.since && firstIdAt(new Date(filter.since.getTime() - CLOCK_MARGIN_MS)),
    to: filter.until && firstIdAt(new Date(filter.until.getTime() + CLOCK_MARGIN_MS)),
    scan: Object.values(filter).some((value) => value !== undefined) ? SCAN : limit + 1,
    withBodies: !fields || fields.has('payload') || fields.has('result'),
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

function toFilter(query: ListQuery, nowMs: number): JobFilter {
  return {
    statuses: statusesOf(query.status),
    types: listed(query.type),
    queues: listed(query.queue),
    tags: query.tag === undefined ? undefined : [query.tag].flat(),
    text: query.q,
    since: timeOf('since', query.since, nowMs),
    until: timeOf('until', query.until, nowMs),
  };
}

/** `a,b` and `?x=a&x=b` mean the same. */
function listed(value: string | string[] | undefined): string[] | undefined {
  return value === undefined ? undefined : [value].flat().flatMap((each) => each.split(','));
}

function statusesOf(value: string | string[] | undefined): JobStatus[] | undefined {
  return listed(value)?.map((text) => {
    const status = JOB_STATUSES.find((each) => each === text.toUpperCase());
    if (!status) throw invalid([{ path: '/status', message: `must be one of ${JOB_STATUSES.join(', ')}` }], 'query');
    return status;
  });
}

/** A time, or a duration before now. */
function timeOf(name: string, text: string | undefined, nowMs: number): Date | undefined {
  if (text === undefined) return undefined;
  if (/^\d+(\.\d+)?(ms|s|m|h|d)$/.test(text)) return new Date(Math.max(0, nowMs - parseDuration(text as `${number}s`)));
  const time = parseTime(text, nowMs);
  if (typeof time === 'string') throw invalid([{ path: `/${name}`, message: time }], 'query');
  return time;
}
