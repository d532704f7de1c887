import type { Queryable, Statement } from '@cloudtask/core/database/database';

export interface WorkerJobRow {
  id: string;
  type: string;
  queue: string;
  attempt: number;
  startedAt: Date;
}

/** The jobs that a worker runs now, those that run longest first. */
export async function jobsOfWorker(db: Queryable, workerId: number): Promise<WorkerJobRow[]> {
  return await db.query<WorkerJobRow>(JOBS, [workerId, MOST_JOBS]);
}

const MOST_JOBS = 100;

// By its claims, which are few: the states of jobs have no index by worker.
const JOBS: Statement = {
  name: 'jobs_of_worker',
  text: `
  select s.id, s.type, s.queue, s.failures + s.losses + 1 as attempt, s.started_at as "startedAt"
    from cloudtask.claims c
    join cloudtask.job_states s on s.id = any(c.job_ids) and s.claim_token = c.token and s.status = 'RUNNING'
   where c.worker_id = $1
   order by s.started_at, s.id limit $2`,
};
