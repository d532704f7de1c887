import type { Queryable, Statement } from '@cloudtask/core/database/database';
import { findViolations, type Violation } from '@cloudtask/core/protocol/violations';
import type { JobStatus } from '@cloudtask/sdk/contract';

export interface StatusCount {
  status: JobStatus;
  count: number;
}

/** Within a transaction: the time limit ends with it. PGlite has one thread and does not know how late it is. */
export async function verifyJobs(
  tx: Queryable,
  { limit, limitMs }: { limit: number; limitMs: number },
): Promise<{ counts: StatusCount[]; violations: Violation[] }> {
  await tx.query(LIMIT_TIME, [String(limitMs)]);
  const violations = await findViolations(tx, { limit });
  return { violations, counts: await tx.query<StatusCount>(COUNT_BY_STATUS, []) };
}

/** Whether there are more jobs than this; reads no more than these. */
export async function hasMoreJobsThan(db: Queryable, most: number): Promise<boolean> {
  const [row] = await db.query<{ count: number }>(COUNT_UP_TO, [most + 1]);
  return (row?.count ?? 0) > most;
}

const LIMIT_TIME: Statement = {
  name: 'limit_time_of_verify',
  text: `select set_config('statement_timeout', $1, true)`,
};

const COUNT_UP_TO: Statement = {
  name: 'count_jobs_up_to',
  text: 'select count(*) as count from (select from cloudtask.job_states limit $1) s',
};

const COUNT_BY_STATUS: Statement = {
  name: 'count_jobs_by_status',
  text: 'select status::text as status, count(*) as count from cloudtask.job_states group by status',
};
