import type { Queryable, Statement } from '@cloudtask/core/database/database';
import type { FailureReason, JobError } from '@cloudtask/sdk/contract';
import type { AttemptOutcome, JobAttempt } from '@cloudtask/sdk/live-contract';

export interface ListAttempts {
  jobId: string;
  /** The fence of the last attempt of the page before; 0 for the first page. */
  after: number;
  limit: number;
}

interface AttemptRow {
  fence: number;
  attempt: number;
  outcome: AttemptOutcome;
  reason: FailureReason | null;
  error: JobError | null;
  workerName: string | null;
  workerHost: string | null;
  startedAt: Date | null;
  endedAt: Date | null;
  lateResultAt: Date | null;
}

/** The attempts of a job, the first one first, each with its fence; the one that runs or has completed is the last. */
export async function listAttempts(
  db: Queryable,
  { jobId, after, limit }: ListAttempts,
): Promise<{ fence: number; attempt: JobAttempt }[]> {
  const rows = await db.query<AttemptRow>(ATTEMPTS, [jobId, after, limit]);
  return rows.map((row) => ({ fence: row.fence, attempt: toAttempt(row) }));
}

function toAttempt({ workerName, workerHost, ...row }: AttemptRow): JobAttempt {
  return {
    attempt: row.attempt,
    outcome: row.outcome,
    reason: row.reason,
    error: row.error,
    worker: workerName === null ? null : { id: workerName, host: workerHost ?? '' },
    startedAt: row.startedAt?.toISOString() ?? null,
    endedAt: row.endedAt?.toISOString() ?? null,
    lateResultAt: row.lateResultAt?.toISOString() ?? null,
  };
}

// Those that did not succeed are on record; the one that runs, or succeeded, is in the row of the job alone.
const ATTEMPTS: Statement = {
  name: 'job_attempts',
  text: `
  select a.fence, a.attempt, a.outcome, a.reason, a.error, w.name as "workerName", w.host as "workerHost",
         a.started_at as "startedAt", a.ended_at as "endedAt", a.late_result_at as "lateResultAt"
    from (
      (select fence, attempt, outcome, reason, error, worker_id, started_at, ended_at, late_result_at
         from cloudtask.attempts where job_id = $1 and fence > $2 order by fence limit $3)
      union all
      select fence, failures + losses + 1, lower(status::text), null, null, worker_id, started_at,
             case when status = 'COMPLETED' then updated_at end, null
        from cloudtask.job_states where id = $1 and fence > $2 and status in ('RUNNING', 'COMPLETED')
    ) a
    left join cloudtask.workers w on w.id = a.worker_id
   order by a.fence limit $3`,
};
