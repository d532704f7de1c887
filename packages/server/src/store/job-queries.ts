import type { Queryable, Statement } from '@cloudtask/core/database/database';
import type { JobStatus } from '@cloudtask/sdk/contract';
import { IS_CURRENT_PROGRESS, JOB_COLUMNS, type JobRow } from './job-row.ts';

export interface OwnedId {
  userId: string;
  id: string;
}

/** Jobs by id, each only for its owner. Many at once cost hardly more than one. Those not found are missing. */
export async function readOwnedJobs(db: Queryable, wanted: readonly OwnedId[]): Promise<JobRow[]> {
  if (wanted.length === 0) return [];
  return await db.query<JobRow>(OWNED_JOBS, [wanted.map(({ userId }) => userId), wanted.map(({ id }) => id)]);
}

/** Where a job is, and nothing else: what a watcher compares. */
export interface StateRow {
  id: string;
  status: JobStatus;
  fence: number;
}

export async function readOwnedStates(db: Queryable, wanted: readonly OwnedId[]): Promise<StateRow[]> {
  if (wanted.length === 0) return [];
  return await db.query<StateRow>(OWNED_STATES, [wanted.map(({ userId }) => userId), wanted.map(({ id }) => id)]);
}

/** The states of a user's newest jobs, newest first. */
export async function readNewestStates(db: Queryable, userId: string, limit: number): Promise<StateRow[]> {
  return await db.query<StateRow>(NEWEST_STATES, [userId, limit]);
}

/** The jobs among a user's newest 1,000 whose id ends so. Three are enough to know that there are too many. */
export async function findBySuffix(db: Queryable, userId: string, suffix: string): Promise<string[]> {
  const rows = await db.query<{ id: string }>(BY_SUFFIX, [userId, suffix]);
  return rows.map(({ id }) => id);
}

const columns = Object.entries(JOB_COLUMNS)
  .map(([name, source]) => `${source} as "${name}"`)
  .join(', ');

const wanted =
  'unnest($1::uuid[], $2::uuid[]) as q (user_id, id) join cloudtask.jobs j on j.id = q.id and j.user_id = q.user_id';

const OWNED_JOBS: Statement = {
  name: 'owned_jobs',
  text: `
  select ${columns}
    from ${wanted}
    join cloudtask.job_states s on s.id = j.id
    left join cloudtask.workers w on w.id = s.worker_id
    left join cloudtask.progress p on ${IS_CURRENT_PROGRESS}`,
};

const OWNED_STATES: Statement = {
  name: 'owned_states',
  text: `select s.id, s.status, s.fence from ${wanted} join cloudtask.job_states s on s.id = j.id`,
};

const NEWEST_STATES: Statement = {
  name: 'newest_states',
  text: `
  select s.id, s.status, s.fence
    from (select id from cloudtask.jobs where user_id = $1 order by id desc limit $2) j
    join cloudtask.job_states s on s.id = j.id
   order by s.id desc`,
};

const BY_SUFFIX: Statement = {
  name: 'job_by_suffix',
  text: `
  select id from (select id from cloudtask.jobs where user_id = $1 order by id desc limit 1000) newest
   where replace(id::text, '-', '') like '%' || $2
   limit 3`,
};
