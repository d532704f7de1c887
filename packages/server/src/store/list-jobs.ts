import type { Database } from '@cloudtask/core/database/database';
import type { JobStatus } from '@cloudtask/sdk/contract';
import { sql } from 'kysely';
import { JOB_COLUMNS, type JobRow } from './job-row.ts';

export interface JobFilter {
  statuses?: readonly JobStatus[] | undefined;
  types?: readonly string[] | undefined;
  queues?: readonly string[] | undefined;
  tags?: readonly string[] | undefined;
  /** Found anywhere in type, queue, tags, payload or error. */
  text?: string | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
}

export interface ListJobs {
  userId: string;
  filter: JobFilter;
  order: 'newest' | 'oldest';
  /** Ids before which (newest) or after which (oldest) the page begins. */
  after?: string | undefined;
  /** The smallest and the first too large id: bounds of the index scan. */
  from?: string | undefined;
  to?: string | undefined;
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

/** One page of a user's jobs: a walk down the index (user_id, id desc), whatever the filters are. */
export async function listJobs({ kysely }: Database, list: ListJobs): Promise<JobPage> {
  const direction = list.order === 'newest' ? 'desc' : 'asc';
  let window = kysely
    .selectFrom('cloudtask.jobs')
    .selectAll()
    .where('user_id', '=', list.userId)
    .orderBy('id', direction)
    .limit(list.scan);
  if (list.after !== undefined) window = window.where('id', list.order === 'newest' ? '<' : '>', list.after);
  if (list.from !== undefined) window = window.where('id', '>=', list.from);
  if (list.to !== undefined) window = window.where('id', '<', list.to);

  let page = kysely
    .selectFrom(window.as('j'))
    .innerJoin('cloudtask.job_states as s', 's.id', 'j.id')
    .leftJoin('cloudtask.workers as w', 'w.id', 's.worker_id')
    .orderBy('j.id', direction)
    .limit(list.limit + 1);
  const { statuses, types, queues, tags, text, since, until } = list.filter;
  if (statuses) page = page.where('s.status', 'in', [...statuses]);
  if (types) page = page.where('j.type', 'in', [...types]);
  if (queues) page = page.where('j.queue', 'in', [...queues]);
  for (const tag of tags ?? []) page = page.where(sql<boolean>`j.tags @> ${JSON.stringify([tag])}::jsonb`);
  if (since) page = page.where('j.created_at', '>=', since);
  if (until) page = page.where('j.created_at', '<', until);
  if (text !== undefined) page = page.where(containsText(text));

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
