import type { Database } from '@cloudtask/core/database/database';
import { firstIdAt } from '@cloudtask/core/ids';
import { IS_CURRENT_PROGRESS, JOB_COLUMNS, type JobRow } from '@cloudtask/core/protocol/job-row';
import type { JobStatus } from '@cloudtask/sdk/contract';
import { type RawBuilder, sql } from 'kysely';
import { type FieldCondition, meetsField, readFieldCondition } from './field-condition.ts';

/** What all of a list's jobs have in common. The members are called as in the API; `status`, `type` and `queue` are any of. */
export interface JobFilter {
  status?: readonly JobStatus[] | undefined;
  type?: readonly string[] | undefined;
  queue?: readonly string[] | undefined;
  /** All of them. */
  tag?: readonly string[] | undefined;
  /** Found anywhere in type, queue, tags, payload or error. */
  q?: string | undefined;
  /** Found in the name, code or message of the error. */
  error?: string | undefined;
  /** Conditions on the payload, as `readFieldCondition` reads them; all of them. */
  field?: readonly string[] | undefined;
  /** Name or host of the worker of the newest attempt; any of. */
  worker?: readonly string[] | undefined;
  /** Attempts so far. */
  minAttempt?: number | undefined;
  since?: Date | undefined;
  until?: Date | undefined;
  /** The cause of FAILED jobs, or any of several. */
  fingerprint?: string | readonly string[] | undefined;
  /** True: only failures that were discarded. False: all jobs but these. */
  discarded?: boolean | undefined;
  ids?: readonly string[] | undefined;
  /** The job whose handler made them. */
  parent?: string | undefined;
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
  /** Payload, result and progress are most of a row's bytes. */
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
  for (const bound of boundsOf(list, 'id')) window = window.where(bound);
  const { status, type, queue, tag, q, since, until, fingerprint, discarded, parent } = list.filter;
  const { error, field, worker, minAttempt } = list.filter;
  // An index of its own has them in the same order.
  if (parent !== undefined) window = window.where('parent_id', '=', parent);
  if (fingerprint !== undefined)
    window = window.where(sql<boolean>`id = any(array(${failuresOf(list, [fingerprint].flat())}))`);

  let page = kysely
    .selectFrom(window.as('j'))
    .innerJoin('cloudtask.job_states as s', 's.id', 'j.id')
    .leftJoin('cloudtask.workers as w', 'w.id', 's.worker_id')
    .leftJoin('cloudtask.progress as p', (join) => join.on(sql<boolean>`${sql.raw(IS_CURRENT_PROGRESS)}`))
    .orderBy('j.id', direction)
    .limit(list.limit + 1);
  if (status) page = page.where(sql<boolean>`s.status = any(${[...status]}::cloudtask.job_status[])`);
  if (type) page = page.where(sql<boolean>`j.type = any(${[...type]}::text[])`);
  if (queue) page = page.where(sql<boolean>`j.queue = any(${[...queue]}::text[])`);
  for (const one of tag ?? []) page = page.where(sql<boolean>`j.tags @> ${JSON.stringify([one])}::jsonb`);
  if (since) page = page.where('j.created_at', '>=', since);
  if (until) page = page.where('j.created_at', '<', until);
  if (discarded !== undefined) page = page.where(sql<boolean>`${IS_DISCARDED} = ${discarded}`);
  if (q !== undefined) page = page.where(containsText(q));
  if (error !== undefined) page = page.where(inWindow(failedWith(error)));
  for (const one of field ?? []) page = page.where(meetsField(knownCondition(one)));
  if (worker)
    page = page.where(sql<boolean>`(w.name = any(${[...worker]}::text[]) or w.host = any(${[...worker]}::text[]))`);
  if (minAttempt !== undefined) page = page.where(inWindow(sql<boolean>`${sql.raw(ATTEMPTS)} >= ${minAttempt}`));

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

/** What is known of the ids before a row is looked at. */
function boundsOf({ order, after, filter: { since, until, ids } }: ListJobs, column: 'id' | 'job_id') {
  const id = sql.raw(column);
  const bounds: RawBuilder<boolean>[] = [];
  if (after !== undefined) bounds.push(order === 'newest' ? sql`${id} < ${after}` : sql`${id} > ${after}`);
  if (since) bounds.push(sql`${id} >= ${firstIdAt(new Date(since.getTime() - CLOCK_MARGIN_MS))}`);
  if (until) bounds.push(sql`${id} < ${firstIdAt(new Date(until.getTime() + CLOCK_MARGIN_MS))}`);
  if (ids) bounds.push(sql`${id} = any(${[...ids]}::uuid[])`);
  return bounds;
}

/**
 * As many as the window takes, in its order and within its bounds: were any outside, the window would be short, and
 * look like the end. Read once, before the window is. Each cause is a walk down an index in that order, which ends with
 * the window; asked for together they would all be read and sorted.
 */
function failuresOf(list: ListJobs, fingerprints: readonly string[]) {
  const { type, discarded } = list.filter;
  const conditions = [
    sql`user_id = ${list.userId} and fingerprint = c.fingerprint`,
    ...boundsOf(list, 'job_id'),
    ...(type ? [sql`type = any(${[...type]}::text[])`] : []),
    ...(discarded === undefined ? [] : [sql`(discarded_at is not null) = ${discarded}`]),
  ];
  const first = sql`order by job_id ${list.order === 'newest' ? sql`desc` : sql`asc`} limit ${list.scan}`;
  return sql`
    select job_id from unnest(${[...new Set(fingerprints)]}::text[]) c (fingerprint) cross join lateral (
      select job_id from cloudtask.failures where ${sql.join(conditions, sql` and `)} ${first}) f ${first}`;
}

const IS_DISCARDED = sql`
  exists (select from cloudtask.failures d where d.job_id = j.id and d.discarded_at is not null)`;

/** Members of a job that may be long. */
export const BODIES = ['payload', 'result', 'progress'] as const;

function selection(withBodies: boolean) {
  return Object.entries(JOB_COLUMNS).map(([name, source]) => {
    const isBody = BODIES.some((body) => body === name);
    return (isBody && !withBodies ? sql`null` : sql.raw(source)).as(name);
  });
}

/**
 * A condition on the states alone the planner takes for rare, and would read the states of everybody's jobs first: at a million
 * jobs a look took 1 to 6 s, and so less than 0.1 s. This one it can only look at where a job and its state are joined.
 */
function inWindow(condition: RawBuilder<boolean>): RawBuilder<boolean> {
  return sql<boolean>`case when s.id = j.id then ${condition} end`;
}

/** As `toJob` counts them. */
const ATTEMPTS = `s.failures + s.losses + case
  when s.status in ('RUNNING', 'COMPLETED') or (s.status = 'CANCELLED' and s.cancel_requested_at is not null) then 1
  else 0 end`;

function failedWith(text: string) {
  return sql<boolean>`concat_ws(' ', s.error ->> 'name', s.error ->> 'code', s.error ->> 'message') ilike ${anywhere(text)}`;
}

/** It was looked at when it was asked for. */
function knownCondition(field: string): FieldCondition {
  const condition = readFieldCondition(field);
  if (typeof condition === 'string') throw new TypeError(`${JSON.stringify(field)} ${condition}`);
  return condition;
}

function anywhere(text: string): string {
  return `%${text.replace(/[\\%_]/g, '\\$&')}%`;
}

function containsText(text: string) {
  return sql<boolean>`concat_ws(' ', j.type, j.queue, j.tags::text, j.payload::text, s.error::text) ilike ${anywhere(text)}`;
}
