import {
  type FailureReason,
  isFinal,
  type Job,
  type JobError,
  type JobProgress,
  type JobStatus,
  type Json,
} from '@cloudtask/sdk/contract';

/** A job as the queries of this folder select it: where it is, what was asked for, who runs it. */
export interface JobRow {
  id: string;
  userId: string;
  type: string;
  payload: Json;
  status: JobStatus;
  reason: FailureReason | null;
  queue: string;
  priority: number;
  fence: number;
  failures: number;
  losses: number;
  maxAttempts: number;
  attemptLimit: number;
  result: Json | null;
  error: JobError | null;
  progress: JobProgress | null;
  tags: string[] | null;
  metadata: Record<string, Json> | null;
  uniqueKey: string | null;
  parentId: string | null;
  scheduleId: string | null;
  scheduledFor: Date | null;
  createdAt: Date;
  updatedAt: Date;
  runAt: Date | null;
  startedAt: Date | null;
  nextAt: Date | null;
  cancelRequestedAt: Date | null;
  discardedAt: Date | null;
  discardReason: string | null;
  workerName: string | null;
  workerHost: string | null;
}

// Only a FAILED job has a row there: reading any other job costs no look at it.
const ofFailure = (column: string) =>
  `case when s.status = 'FAILED' then (select l.${column} from cloudtask.failures l where l.job_id = s.id) end` as const;

/** Of `jobs j`, `job_states s`, `workers w` and `progress p` of the current or last attempt (`IS_CURRENT_PROGRESS`). The key is the name in a row, the value where it comes from. */
export const JOB_COLUMNS = {
  id: 'j.id',
  userId: 'j.user_id',
  type: 'j.type',
  payload: 'j.payload',
  status: 's.status',
  reason: 's.reason',
  queue: 'j.queue',
  priority: 'j.priority',
  fence: 's.fence',
  failures: 's.failures',
  losses: 's.losses',
  maxAttempts: 'j.max_attempts',
  attemptLimit: 's.attempt_limit',
  result: 's.result',
  error: 's.error',
  progress: `case when p.job_id is not null
    then json_build_object('percent', p.percent, 'message', p.message, 'data', p.data) end`,
  tags: 'j.tags',
  metadata: 'j.metadata',
  uniqueKey: 'j.unique_key',
  parentId: 'j.parent_id',
  scheduleId: 'j.schedule_id',
  scheduledFor: 'j.scheduled_for',
  createdAt: 'j.created_at',
  updatedAt: 's.updated_at',
  runAt: 'j.run_at',
  startedAt: 's.started_at',
  nextAt: 's.next_at',
  cancelRequestedAt: 's.cancel_requested_at',
  discardedAt: ofFailure('discarded_at'),
  discardReason: ofFailure('discard_reason'),
  workerName: 'w.name',
  workerHost: 'w.host',
} as const satisfies Record<keyof JobRow, string>;

/** What an earlier attempt reported says nothing about this one. */
export const IS_CURRENT_PROGRESS = 'p.job_id = s.id and p.fence = s.fence';

/** The row as the API shows it. */
export function toJob(row: JobRow): Job {
  const isOver = isFinal(row.status);
  const hasWorker = row.workerName !== null && (row.status === 'RUNNING' || isOver);
  return {
    id: row.id,
    type: row.type,
    payload: row.payload,
    status: row.status,
    reason: row.reason,
    queue: row.queue,
    priority: row.priority,
    attempt: attemptOf(row),
    maxAttempts: row.attemptLimit,
    result: row.result,
    error: row.error,
    progress: row.progress,
    tags: row.tags ?? [],
    metadata: row.metadata ?? {},
    uniqueKey: row.uniqueKey,
    parentId: row.parentId,
    scheduleId: row.scheduleId,
    scheduledFor: iso(row.scheduledFor),
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
    runAt: iso(row.runAt),
    startedAt: iso(row.startedAt),
    finishedAt: isOver ? row.updatedAt.toISOString() : null,
    nextAttemptAt: iso(row.nextAt),
    cancelRequestedAt: iso(row.cancelRequestedAt),
    discardedAt: iso(row.discardedAt),
    discardReason: row.discardReason,
    worker: hasWorker ? { id: row.workerName ?? '', host: row.workerHost ?? '' } : null,
  };
}

/** Attempts that ended badly are counted in the row; the one that runs, completed or was cancelled comes on top. */
function attemptOf({ status, failures, losses, cancelRequestedAt }: JobRow): number {
  const isUncounted =
    status === 'RUNNING' || status === 'COMPLETED' || (status === 'CANCELLED' && cancelRequestedAt !== null);
  return failures + losses + (isUncounted ? 1 : 0);
}

function iso(time: Date | null): string | null {
  return time === null ? null : time.toISOString();
}
