import { DEFAULT_BACKOFF, type ResolvedBackoff } from '../backoff.ts';
import type { Queryable, Statement } from '../database/database.ts';

export interface RetryPolicy {
  backoff: ResolvedBackoff;
  /** Attempts before the present count: a person's retry begins a new one. */
  earlierAttempts: number;
}

/** How a job waits between its attempts; undefined when there is no such job. */
export async function readRetryPolicy(db: Queryable, jobId: string): Promise<RetryPolicy | undefined> {
  const [row] = await db.query<{ backoff: ResolvedBackoff | null; earlierAttempts: number }>(POLICY, [jobId]);
  return row && { backoff: row.backoff ?? DEFAULT_BACKOFF, earlierAttempts: row.earlierAttempts };
}

const POLICY: Statement = {
  name: 'retry_policy',
  text: `
  select j.backoff, s.attempt_limit - j.max_attempts as "earlierAttempts"
    from cloudtask.jobs j join cloudtask.job_states s on s.id = j.id where j.id = $1`,
};
