import type { Queryable, Statement } from '../database/database.ts';
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

const columns = Object.entries(JOB_COLUMNS)
  .map(([name, source]) => `${source} as "${name}"`)
  .join(', ');

/** For statements: the jobs whose owners ($1) and ids ($2) are given. */
export const OWNED = `
  unnest($1::uuid[], $2::uuid[]) as q (user_id, id) join cloudtask.jobs j on j.id = q.id and j.user_id = q.user_id`;

const OWNED_JOBS: Statement = {
  name: 'owned_jobs',
  text: `
  select ${columns}
    from ${OWNED}
    join cloudtask.job_states s on s.id = j.id
    left join cloudtask.workers w on w.id = s.worker_id
    left join cloudtask.progress p on ${IS_CURRENT_PROGRESS}`,
};
