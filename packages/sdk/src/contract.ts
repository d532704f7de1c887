// What crosses HTTP: the one home of these names (docs, tables, metrics and the CLI use the same words).
import type { Issue } from './problem-contract.ts';

export type { Issue, Problem } from './problem-contract.ts';
export type { WorkerDetails, WorkerDrain, WorkerInfo, WorkerJob } from './worker-contract.ts';

/** Any value that JSON can hold. */
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
/** Where a job is: one of `JOB_STATUSES`. */
export type JobStatus = (typeof JOB_STATUSES)[number];

/** The statuses that a job never leaves by itself (`FAILED` and `CANCELLED` can be retried by a person). */
export const FINAL_STATUSES = ['COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED'] as const satisfies readonly JobStatus[];
/** A status that a job never leaves by itself. */
export type FinalStatus = (typeof FINAL_STATUSES)[number];

/** Whether a job with this status has come to its end. */
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
/** Why a job is `FAILED`: one of `FAILURE_REASONS`. */
export type FailureReason = (typeof FAILURE_REASONS)[number];

/** Milliseconds, or a number with a unit: `"250ms" "30s" "5m" "2h" "1d"`. */
export type Duration = number | `${number}${'ms' | 's' | 'm' | 'h' | 'd'}`;

/**
 * How long to wait before the next attempt after the n-th failure. Default: exponential, 5 s · 3^(n-1), at most 1 h, times a
 * random 0.5…1. By `kind` the delay is multiplied each time (`exponential`), grows by itself (`linear`) or stays (`fixed`).
 */
export interface Backoff {
  kind: 'exponential' | 'linear' | 'fixed';
  /** Delay after the first failure. */
  delay: Duration;
  /** Upper bound. Default 1 h. */
  maxDelay?: Duration;
  /** Base of `exponential`. Default 3. */
  factor?: number;
}

/** The last error of a job. `fingerprint` is equal for equal causes, `code` the handler's own or the reason, `retryable`: trying again made sense. */
export interface JobError {
  code: FailureReason | (string & {});
  name: string;
  message: string;
  /** The attempt that ended with it. */
  attempt: number;
  retryable: boolean;
  fingerprint: string;
}

/** How far an attempt is, as its handler said last: a `percent`, a `message`, `data` of its own; null where it said nothing. */
export interface JobProgress {
  /** 0…100 */
  percent: number | null;
  message: string | null;
  data: Json | null;
}

/**
 * A job as every route returns it. Times are ISO 8601 in UTC: `nextAttemptAt` is when the next of `maxAttempts` is due,
 * `cancelRequestedAt` when somebody asked for its end while it ran. `progress` and `worker` are those of the newest attempt.
 * A job of a schedule has its `scheduleId`, and its slot in `scheduledFor`.
 */
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
  /** The job whose handler made it with `context.jobs`. */
  parentId: string | null;
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
  /** When somebody said that this failure needs nothing more; null for all other jobs. */
  discardedAt: string | null;
  /** What they gave for a reason. */
  discardReason: string | null;
  worker: { id: string; host: string } | null;
  /** Only in the answer to a submit, and only when there is something to say. */
  warnings?: Warning[];
}

/** Said about a job that was accepted all the same, by its `code`. `NO_WORKER`: no live worker runs its type in its queue. */
export interface Warning {
  code: 'NO_WORKER' | (string & {});
  message: string;
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

/** Answer of `GET /jobs/{id}/explain`: why a job is not running, and what happens next. */
export interface Explanation {
  jobId: string;
  status: JobStatus;
  /** `waiting`: it goes on by itself. `blocked`: something has to change first. */
  verdict: 'running' | 'waiting' | 'blocked' | 'finished';
  /** One sentence. */
  summary: string;
  /** What was looked at, in the order in which it matters: the first that is not `ok` is the reason. */
  checks: ExplanationCheck[];
  /** What time alone will do next; null when it will do nothing. */
  next: { what: 'due' | 'retry' | 'resume' | 'expire' | 'timeout'; at: string } | null;
  /** The attempts that are left, at the times they come at if each fails at once after the longest of its delays. */
  retries: PlannedAttempt[];
}

/** One thing that was looked at to explain a job; `hint` is what helps. */
export interface ExplanationCheck {
  /** Stable, upper case, listed in docs/explain.md: what is looked for. */
  code: string;
  /** False: it is so, and keeps the job from running or may do so. */
  ok: boolean;
  message: string;
  hint?: string;
  /** A command or a call of the API that helps. */
  command?: string;
}

/** An attempt that may still come, and when (`at`). */
export interface PlannedAttempt {
  attempt: number;
  at: string;
  /** After the attempt before it; 0 for the next one. */
  delayMs: number;
}

/** Body of `POST /jobs`. `backoff` and `unique` are explained at their types. */
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
  | { index: number; ok: false; error: { code: string; message: string; hint?: string; issues?: Issue[] } };

/** An account. */
export interface User {
  id: string;
  email: string;
  /** May see workers and queues, and pause queues. */
  isOperator: boolean;
  createdAt: string;
}

/** Answer of register, login and refresh. `token` and `accessToken` are the same string; `tokenType`, `refreshToken` as in OAuth. */
export interface Session {
  token: string;
  accessToken: string;
  tokenType: 'Bearer';
  /** Seconds. */
  expiresIn: number;
  refreshToken: string;
  user: User;
}

/** What an API token may do; `…:write` includes `…:read`. `operator` counts only while its account is an operator. */
export const API_TOKEN_SCOPES = ['jobs:read', 'jobs:write', 'schedules:read', 'schedules:write', 'operator'] as const;
/** One of the things that an API token may do. */
export type ApiTokenScope = (typeof API_TOKEN_SCOPES)[number];

/** Body of `POST /auth/tokens`; `scopes` are what the token may do. */
export interface CreateApiToken {
  /** 1 to 100 characters; unique among the account's tokens. */
  name: string;
  scopes: ApiTokenScope[];
  /** Default: it never expires. At most 366 days. */
  expiresIn?: Duration;
}

/** An API token as lists show it: what it may do (`scopes`), never the token itself. */
export interface ApiToken {
  id: string;
  name: string;
  /** Its first characters. */
  hint: string;
  scopes: ApiTokenScope[];
  createdAt: string;
  /** Null: never. */
  expiresAt: string | null;
  /** To the minute. Null: never yet. */
  lastUsedAt: string | null;
}

/** Answer of `POST /auth/tokens`: the only time that the token itself is shown. */
export interface NewApiToken extends ApiToken {
  /** `ctt_…` */
  token: string;
}

/** A pause of a queue since `pausedAt`: none of its jobs is started, those that run go on. */
export interface QueuePauseInfo {
  pausedAt: string;
  /** When it ends by itself; null: when somebody resumes the queue. */
  resumesAt: string | null;
  reason: string | null;
  /** The operator's e-mail address. */
  pausedBy: string;
}

/** A queue that has workers, a backlog or a `pause`. */
export interface QueueInfo {
  name: string;
  /** Jobs that wait in the database to be offered to the workers; counted up to 10,000. */
  waiting: number;
  /** Messages in the broker; each holds one or many jobs. Null while the broker is away or no worker listens. */
  ready: number | null;
  /** Of the jobs counted in `waiting`. */
  oldestWaitingSeconds: number | null;
  /** Live workers that listen to it. */
  workers: number;
  /** Those that the queue has for itself, or else shares with others: shared ones count in each queue. */
  slots: number;
  /** Jobs in these slots, whichever of the queues that share them they are from. */
  busy: number;
  pause: QueuePauseInfo | null;
}

/** Numbers that cost little, of `jobs`, of the `lastHour`, of live `workers`, and the `throughput`: counts of rows end at 10,000. */
export interface Stats {
  jobs: {
    /** Waiting in the database to be offered to the workers; exact up to 10,000. */
    waiting: number;
    /** As the live workers said at their last heartbeat, at most 5 s ago. */
    running: number;
    /** Among the 10,000 times that are due next. */
    scheduled: number;
    retrying: number;
  };
  lastHour: {
    /** Jobs that ended `FAILED` and were not retried since; exact up to 10,000. */
    failed: number;
  };
  workers: { live: number; slots: number; busy: number };
  throughput: {
    /** Over the last 10 s, or the last 10,000 jobs when that is shorter. */
    submittedPerSecond: number;
  };
}

/** Answer of `GET /actuator/health`: whether the server can do its work. */
export interface Health {
  status: 'UP' | 'DOWN';
  /** The parts that decide it: database, broker, signals. */
  components: Record<string, { status: 'UP' | 'DOWN' }>;
}

/** A type of job, as workers registered it (`registeredAt`), with its `description` and the `defaults` of its jobs. */
export interface TypeInfo {
  type: string;
  description: string | null;
  /** A name for people. */
  title: string | null;
  /** JSON Schema of the payload as callers send it. */
  payloadSchema: Json | null;
  /** JSON Schema of the result. */
  resultSchema: Json | null;
  /** JSON Schema of the data that its handler reports as progress. */
  progressSchema: Json | null;
  /** JSON pointers into the payload that interfaces should mask. */
  sensitive: string[];
  /** Payloads that fit. */
  examples: Json[];
  defaults: Json;
  /** Live workers that run it. */
  workers: number;
  /** Of the newest registration; null for a type that workers run and have not registered. */
  version: string | null;
  registeredAt: string | null;
}

/** A change of one job, as the event streams carry it. `seq` grows within one job; it is also the SSE `id`. */
export type JobEvent = { seq: string; at: string; jobId: string } & { kind: 'status'; status: JobStatus; job: Job };
