import type { Queryable, Statement } from '@cloudtask/core/database/database';
import { OWNED, type OwnedId } from '@cloudtask/core/protocol/owned-jobs';
import type { JobStatus } from '@cloudtask/sdk/contract';

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

const OWNED_STATES: Statement = {
  name: 'owned_states',
  text: `select s.id, s.status, s.fence from ${OWNED} join cloudtask.job_states s on s.id = j.id`,
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
