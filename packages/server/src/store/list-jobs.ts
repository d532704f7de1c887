import type { Database } from '@cloudtask/core/database/database';
import { firstIdAt } from '@cloudtask/core/protocol/unhint';
import type { JobStatus } from '@cloudtask/sdk/contract';
import { sql } from 'kysely';
import { JOB_COLUMNS, type JobRow } from './job-row.ts';

/** What all of a list's jobs have in common. The members are called as in the API; `status`, `type` and `queue` are any of. */
export interface JobFilter {
  status?: readonly JobStatus[] | undefined;
  type?: readonly string[] | undefined;
  queue?: readonly string[] | undefined;
  /** All of them. */
  tag?: readonly string[] | undefined;
  /** Found anywhere in type, queue, tags, payload or error. */
  q?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  /** The cause of FAILED jobs. */
  fingerprint?: string | undefined;
  ids?: readonly string[] | undefined;
}

export interface ListJobs {
  userId: string;
  filter: JobFilter;
  order: 'newest' | 'oldest';
  /** Ids before which (newest) or after which (oldest) the page begins. */
  after?: string | undefined;
  limit: number;
  /** How many of the user's jobs may be looked at: rare matches among a million jobs must not read them all at once. */
  scan: number;
  /** Payload and result are most of a row's bytes. */
  withBodies: boolean;
}

export interface JobPage {
  rows: JobRow[];
  /** The last id that was looked at; undefined when there are no more. */
  reached?: string | undefined;
}

/** Jobs looked at per statement when filters may find few among many. */
export const SCAN = 5_000;
/** Ids carry the submitter's time, rows the database's: the index bounds leave this much room for the difference. */
export const CLOCK_MARGIN_MS = 60_000;

/**
 * One page of a user's jobs: a walk down the index (user_id, id desc), whatever the filters are. Only a cause is looked
 * up first, among the user's failures: they are few beside all jobs.
 */
export async function listJobs({ kysely }: Database, list: ListJobs): Promise<JobPage> {
  const direction = list.order === 'newest' ? 'desc' : 'asc';
  let window = kysely
    .selectFrom('cloudtask.jobs')
    .selectAll()
    .where('user_id', '=', list.userId)
    .orderBy('id', direction)
    .limit(list.scan);
  if (list.after !== undefined) window = window.where('id', list.order === 'newest' ? '<' : '>', list.after);
  const { status, type, queue, tag, q, since, until, fingerprint, ids } = list.filter;
  if (since) window = window.where('id', '>=', firstIdAt(new Date(since.getTime() - CLOCK_MARGIN_MS)));
  if (until) window = window.where('id', '<', firstIdAt(new Date(until.getTime() + CLOCK_MARGIN_MS)));
  if (ids) window = window.where(sql<boolean>`id = any(${[...ids]}::uuid[])`);
  if (fingerprint !== undefined) window = window.where(sql<boolean>`id = any(array(${failuresOf(list, fingerprint)}))`);

  let page = kysely
    .selectFrom(window.as('j'))
    .innerJoin('cloudtask.job_states as s', 's.id', 'j.id')
    .leftJoin('cloudtask.workers as w', 'w.id', 's.worker_id')
    .orderBy('j.id', direction)
    .limit(list.limit + 1);
  if (status) page = page.where(sql<boolean>`s.status = any(${[...status]}::cloudtask.job_status[])`);
  if (type) page = page.where(sql<boolean>`j.type = any(${[...type]}::text[])`);
  if (queue) page = page.where(sql<boolean>`j.queue = any(${[...queue]}::text[])`);
  for (const one of tag ?? []) page = page.where(sql<boolean>`j.tags @> ${JSON.stringify([one])}::jsonb`);
  if (since) page = page.where('j.created_at', '>=', since);
  if (until) page = page.where('j.created_at', '<', until);
  if (q !== undefined) page = page.where(containsText(q));

  const rows = (await page.select(selection(list.withBodies)).execute()) as unknown as JobRow[]; // named by `selection`
  if (rows.length > list.limit) return { rows: rows.slice(0, list.limit), reached: rows[list.limit - 1]?.id };
  const last = await window
    .clearSelect()
    .select('id')
    .offset(list.scan - 1)
    .limit(1)
    .executeTakeFirst();
  return { rows, reached: last?.id };
}

/** As many as the window takes, in its order; read once, before the window is. */
function failuresOf({ userId, filter: { type }, order, after, scan }: ListJobs, fingerprint: string) {
  const isNewest = order === 'newest';
  return sql`
    select job_id from cloudtask.failures
     where user_id = ${userId} and fingerprint = ${fingerprint}
       ${type ? sql`and type = any(${[...type]}::text[])` : sql``}
       ${after === undefined ? sql`` : sql`and job_id ${isNewest ? sql`<` : sql`>`} ${after}`}
     order by job_id ${isNewest ? sql`desc` : sql`asc`} limit ${scan}`;
}

function selection(withBodies: boolean) {
  return Object.entries(JOB_COLUMNS).map(([name, source]) => {
    const isBody = name === 'payload' || name === 'result';
    return (isBody && !withBodies ? sql`null` : sql.raw(source)).as(name);
  });
}

function containsText(text: string) {
  const pattern = `%${text.replace(/[\\%_]/g, '\\$&')}%`;
  return sql<boolean>`concat_ws(' ', j.type, j.queue, j.tags::text, j.payload::text, s.error::text) ilike ${pattern}`;
}
