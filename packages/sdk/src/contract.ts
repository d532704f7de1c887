// What crosses HTTP: the one home of these names (docs, tables, metrics and the CLI use the same words).

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** Where a job is. `SCHEDULED` not due yet, `PENDING` due and waiting for a worker, `RETRYING` failed and waiting for the next attempt. */
export const JOB_STATUSES = [
  'SCHEDULED',
  'PENDING',
  'RUNNING',
  'RETRYING',
  'COMPLETED',
  'FAILED',
  'CANCELLED',
  'EXPIRED',
] as const;
export type JobStatus = (typeof JOB_STATUSES)[number];

/** The statuses that a job never leaves by itself (`FAILED` and `CANCELLED` can be retried by a person). */
export const FINAL_STATUSES = ['COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED'] as const satisfies readonly JobStatus[];
export type FinalStatus = (typeof FINAL_STATUSES)[number];

export function isFinal(status: JobStatus): status is FinalStatus {
  return (FINAL_STATUSES as readonly JobStatus[]).includes(status);
}

/** Why a job is `FAILED`. */
export const FAILURE_REASONS = [
  'ERROR',
  'TIMEOUT',
  'POISON',
  'NON_RETRYABLE',
  'INVALID_PAYLOAD',
  'WORKER_LOST',
  'HANDLER_EXITED',
  'OUT_OF_MEMORY',
  'RESULT_NOT_STORABLE',
  'INTERRUPTED',
] as const;
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** Milliseconds, or a number with a unit: `"250ms" "30s" "5m" "2h" "1d"`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

/** How long to wait before the next attempt after the n-th failure. Default: exponential, 5 s · 3^(n-1), at most 1 h, times a random 0.5…1. */
export interface Backoff {
  kind: 'exponential' | 'linear' | 'fixed';
  /** Delay after the first failure. */
  delay: Duration;
  /** Upper bound. Default 1 h. */
  maxDelay?: Duration;
  /** Base of `exponential`. Default 3. */
  factor?: number;
}

/** The last error of a job. `fingerprint` is equal for failures with the same cause. */
export interface JobError {
  code: FailureReason | (string & {});
  name: string;
  message: string;
  /** The attempt that ended with it. */
  attempt: number;
  retryable: boolean;
  fingerprint: string;
}

export interface JobProgress {
  /** 0…100 */
  percent: number | null;
  message: string | null;
  data: Json | null;
}

/** A job as every route returns it. Times are ISO 8601 in UTC. */
export interface Job {
  id: string;
  type: string;
  payload: Json;
  status: JobStatus;
  /** Only for `FAILED`. */
  reason: FailureReason | null;
  queue: string;
  /** 0…9, higher runs sooner. */
  priority: number;
  /** The current or last attempt; 0 before the first. */
  attempt: number;
  maxAttempts: number;
  result: Json | null;
  error: JobError | null;
  progress: JobProgress | null;
  tags: string[];
  metadata: Record<string, Json>;
  /** The key of `unique`, if it was submitted with one. */
  uniqueKey: string | null;
  scheduleId: string | null;
  scheduledFor: string | null;
  createdAt: string;
  updatedAt: string;
  /** When it becomes or became due. */
  runAt: string | null;
  startedAt: string | null;
  finishedAt: string | null;
  nextAttemptAt: string | null;
  cancelRequestedAt: string | null;
  worker: { id: string; host: string } | null;
}

/** At most one job of this account and type has the key at a time. */
export interface Unique {
  /** 1 to 200 characters, none of them a control character. */
  key: string;
  /** When the key is free again: when the job first starts, or when it has ended (default). */
  until?: 'started' | 'finished';
  /**
   * When another job has the key. `return` (default): that job is the answer, and nothing is stored. `reject`: refused with
   * `UNIQUE_CONFLICT`. `replace`: the other one is cancelled and this one stored; refused when the other runs already.
   */
  onConflict?: 'return' | 'reject' | 'replace';
}

/** Body of `POST /jobs`. */
export interface SubmitJob {
  /** Letters, digits and `. _ - :`, at most 100 characters. */
  type: string;
  /** Any JSON, at most 256 KiB, depth 32. Default `null`. */
  payload?: Json;
  /** Default `default`. */
  queue?: string;
  /** 0…9, default 5. */
  priority?: number;
  /** Not before this long from now. Not together with `runAt`. */
  delay?: Duration;
  /** Not before this time (ISO 8601 with zone). */
  runAt?: string;
  /** Ends `EXPIRED` when it has not started after this long. */
  ttl?: Duration;
  /** Default 5. With 1, a handler that was started is never started again. */
  maxAttempts?: number;
  backoff?: Backoff;
  /** Per attempt. Default 15 min. */
  timeout?: Duration;
  unique?: Unique;
  /** At most 20, each at most 100 characters. */
  tags?: string[];
  metadata?: Record<string, Json>;
}

export interface BatchItem extends SubmitJob {
  idempotencyKey?: string;
}
export type BatchResult =
  /** `isDuplicate`: another job has its unique key, and is `job`, as it is now. */
  | { index: number; ok: true; job: Job; isDuplicate?: true }
  | { index: number; ok: false; error: { code: string; message: string; issues?: Issue[] } };

/** Why jobs of one type are `FAILED`, and how many: an item of `GET /failures`. Times are ISO 8601 in UTC. */
export interface FailureCause {
  /** Equal for failures with the same cause; `GET /jobs?fingerprint=` lists their jobs. */
  fingerprint: string;
  type: string;
  /** Of the job that failed last. */
  reason: FailureReason | null;
  error: Pick<JobError, 'name' | 'code' | 'message'> | null;
  count: number;
  firstAt: string;
  lastAt: string;
  newestJobId: string;
}

/** Which jobs an action is about: all conditions are met. At least one is needed, or `all`. */
export interface JobActionFilter {
  status?: JobStatus | JobStatus[];
  type?: string | string[];
  queue?: string | string[];
  /** Jobs that have all of these. */
  tag?: string | string[];
  /** Text anywhere in type, queue, tags, payload or error. */
  q?: string;
  /** Created at or after this time (ISO 8601), or this long ago: `"24h"`. */
  since?: string;
  until?: string;
  fingerprint?: string;
  /** At most 1,000. */
  ids?: string[];
  /** Every job of the account. */
  all?: true;
}

/** Body of `POST /jobs/actions`. */
export interface StartJobAction {
  /** `retry` is for jobs that are `FAILED`, `CANCELLED` or `EXPIRED`, `cancel` for those that have not ended. */
  action: 'retry' | 'cancel';
  filter: JobActionFilter;
  /** Noted at the jobs that are cancelled. At most 500 characters. */
  reason?: string;
  /** Only counts. Default false. */
  dryRun?: boolean;
  /** 1…100, for `retry`: first so many, and the others only when all of these have completed. */
  canary?: number;
  /** At most so many jobs per second: `5` or `"5/s"`. Default: as fast as it goes. */
  rate?: number | `${number}/s`;
}

/** What an action would do: the answer to a dry run. */
export interface JobActionPreview {
  /** At most 10,000. */
  matched: number;
  /** False: there are more than `matched`, or not all jobs could be looked at in time. */
  isExact: boolean;
  /** The first ten of them, oldest first. */
  sample: Pick<Job, 'id' | 'type' | 'status' | 'createdAt' | 'error'>[];
}

/** `CANARY`: waits for the end of its first jobs. `STOPPED`: by its user, or by a canary job that did not complete. */
export const JOB_ACTION_STATES = ['RUNNING', 'CANARY', 'DONE', 'STOPPED'] as const;
export type JobActionState = (typeof JOB_ACTION_STATES)[number];

/** A retry or cancellation of many jobs. It is about jobs that existed when it was made. */
export interface JobAction {
  id: string;
  action: 'retry' | 'cancel';
  /** Durations have become times. */
  filter: JobActionFilter;
  reason: string | null;
  state: JobActionState;
  stopReason: string | null;
  canary: number | null;
  /** The jobs that were retried first. */
  canaryIds: string[];
  /** Jobs per second. */
  rate: number | null;
  /** Jobs retried, or cancelled or asked to stop, so far. */
  done: number;
  /** Jobs whose turn came too late: they had changed, or their unique key was taken. */
  skipped: number;
  createdAt: string;
  endedAt: string | null;
}

/** One line of a refusal: where (JSON pointer) and what. */
export interface Issue {
  path: string;
  message: string;
}

/** RFC 9457 problem document, with the original's `error, message, path, timestamp` beside it. */
export interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  /** Stable, upper case, listed in docs/errors.md. */
  code: string;
  requestId: string;
  issues: Issue[];
  error: string;
  message: string;
  path: string;
  timestamp: string;
}

export interface User {
  id: string;
  email: string;
  createdAt: string;
}

/** Answer of register, login and refresh. `token` and `accessToken` are the same string. */
export interface Session {
  token: string;
  accessToken: string;
  tokenType: 'Bearer';
  /** Seconds. */
  expiresIn: number;
  refreshToken: string;
  user: User;
}

/** A change of one job, as the event streams carry it. `seq` grows within one job; it is also the SSE `id`. */
export type JobEvent = { seq: string; at: string; jobId: string } & { kind: 'status'; status: JobStatus; job: Job };
