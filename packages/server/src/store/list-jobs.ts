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

/** The jobs that one statement looks at. */
export interface WindowOfJobs {
  userId: string;
  filter: JobFilter;
  order: 'newest' | 'oldest';
  /** Ids before which (newest) or after which (oldest) it begins. */
  after?: string | undefined;
  /** How many of the user's jobs may be looked at: rare matches among a million jobs must not read them all at once. */
  scan: number;
}

export interface ListJobs extends WindowOfJobs {
  limit: number;
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
  const window = windowOf(kysely, list);
  const page = chosenIn(kysely, window, list.filter)
    .orderBy('j.id', directionOf(list))
    .limit(list.limit + 1)
    .select(selection(list.withBodies));
  const rows = (await page.execute()) as unknown as JobRow[]; // named by `selection`
  if (rows.length > list.limit) return { rows: rows.slice(0, list.limit), reached: rows[list.limit - 1]?.id };
  return { rows, reached: await endOf(window, list) };
}

/**
 * How many of the next `scan` jobs a filter chooses. A page of a list reads its whole window, however few rows it gives:
 * 10,000 of 300,000 jobs took 0.4 to 0.9 s by pages of 1,000, and take 0.04 to 0.15 s by windows.
 */
export async function countInWindow(
  { kysely }: Database,
  list: WindowOfJobs,
): Promise<{ count: number; reached: string | undefined }> {
  const window = windowOf(kysely, list);
  const { count } = await chosenIn(kysely, window, list.filter)
    .select(({ fn }) => fn.countAll().as('count'))
    .executeTakeFirstOrThrow();
  return { count: Number(count), reached: await endOf(window, list) };
}

function windowOf(kysely: Database['kysely'], list: WindowOfJobs) {
  const { parent, fingerprint } = list.filter;
  let window = kysely
    .selectFrom('cloudtask.jobs')
    .selectAll()
    .where('user_id', '=', list.userId)
    .orderBy('id', directionOf(list))
    .limit(list.scan);
  for (const bound of boundsOf(list, 'id')) window = window.where(bound);
  // An index of its own has them in the same order.
  if (parent !== undefined) window = window.where('parent_id', '=', parent);
  if (fingerprint !== undefined)
    window = window.where(sql<boolean>`id = any(array(${failuresOf(list, [fingerprint].flat())}))`);
  return window;
}

/** The last id of a full window; undefined when no more jobs follow. */
async function endOf(window: ReturnType<typeof windowOf>, { scan }: WindowOfJobs): Promise<string | undefined> {
  const last = await window
    .clearSelect()
    .select('id')
    .offset(scan - 1)
    .limit(1)
    .executeTakeFirst();
  return last?.id;
}

function chosenIn(kysely: Database['kysely'], window: ReturnType<typeof windowOf>, filter: JobFilter) {
  const { status, type, queue, tag, q, since, until, discarded, error, field, worker, minAttempt } = filter;
  let jobs = kysely
    .selectFrom(window.as('j'))
    .innerJoin('cloudtask.job_states as s', 's.id', 'j.id')
    .leftJoin('cloudtask.workers as w', 'w.id', 's.worker_id')
    .leftJoin('cloudtask.progress as p', (join) => join.on(sql<boolean>`${sql.raw(IS_CURRENT_PROGRESS)}`));
  if (status) jobs = jobs.where(sql<boolean>`s.status = any(${[...status]}::cloudtask.job_status[])`);
  if (type) jobs = jobs.where(sql<boolean>`j.type = any(${[...type]}::text[])`);
  if (queue) jobs = jobs.where(sql<boolean>`j.queue = any(${[...queue]}::text[])`);
  for (const one of tag ?? []) jobs = jobs.where(sql<boolean>`j.tags @> ${JSON.stringify([one])}::jsonb`);
  if (since) jobs = jobs.where('j.created_at', '>=', since);
  if (until) jobs = jobs.where('j.created_at', '<', until);
  if (discarded !== undefined) jobs = jobs.where(sql<boolean>`${IS_DISCARDED} = ${discarded}`);
  if (q !== undefined) jobs = jobs.where(containsText(q));
  if (error !== undefined) jobs = jobs.where(inWindow(failedWith(error)));
  for (const one of field ?? []) jobs = jobs.where(meetsField(knownCondition(one)));
  if (worker)
    jobs = jobs.where(sql<boolean>`(w.name = any(${[...worker]}::text[]) or w.host = any(${[...worker]}::text[]))`);
  if (minAttempt !== undefined) jobs = jobs.where(inWindow(sql<boolean>`${sql.raw(ATTEMPTS)} >= ${minAttempt}`));
  return jobs;
}

function directionOf({ order }: WindowOfJobs): 'asc' | 'desc' {
  return order === 'newest' ? 'desc' : 'asc';
}

/** What is known of the ids before a row is looked at. */
function boundsOf({ order, after, filter: { since, until, ids } }: WindowOfJobs, column: 'id' | 'job_id') {
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
function failuresOf(list: WindowOfJobs, fingerprints: readonly string[]) {
  const { type, discarded } = list.filter;
  const conditions = [
    sql`user_id = ${list.userId} and fingerprint = c.fingerprint`,
    ...boundsOf(list, 'job_id'),
    ...(type ? [sql`type = any(${[...type]}::text[])`] : []),
    ...(discarded === undefined ? [] : [sql`(discarded_at is not null) = ${discarded}`]),
  ];
  const first = sql`order by job_id ${sql.raw(directionOf(list))} limit ${list.scan}`;
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
