// What crosses HTTP about jobs while they run, and about what became of each attempt.
import type { FailureReason, JobError, JobEvent, JobProgress, Json } from './contract.ts';

/** The levels of log lines, the least serious first. */
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
/** How serious a log line is: one of `LOG_LEVELS`. */
export type LogLevel = (typeof LOG_LEVELS)[number];

/** A line of a job's log: an item of `GET /jobs/{id}/logs`, and an event of its stream. */
export interface JobLog {
  /** Its place in the life of the job; also the SSE `id`. */
  seq: string;
  /** When it was said, by the worker's clock. ISO 8601 in UTC. */
  at: string;
  attempt: number;
  level: LogLevel;
  message: string;
  /** Of the line that says why an attempt failed, `stack` is where: a frame a line, its causes included, at most 4 kB. */
  fields: Record<string, Json> | null;
}

/** `running` and `completed` are of the newest attempt only: one that completed is the last. */
export const ATTEMPT_OUTCOMES = [
  'running',
  'completed',
  'failed',
  'lost',
  'interrupted',
  'snoozed',
  'cancelled',
] as const;
/** How an attempt ended, or that it runs: one of `ATTEMPT_OUTCOMES`. */
export type AttemptOutcome = (typeof ATTEMPT_OUTCOMES)[number];

/** One try of a job: an item of `GET /jobs/{id}/attempts`. Times are ISO 8601 in UTC. */
export interface JobAttempt {
  /**
   * As people count it. Attempts that cost nothing (`interrupted`, `snoozed`) have the number of the one after them.
   */
  attempt: number;
  /** How it ended; `running` while it has not. */
  outcome: AttemptOutcome;
  /** Only for `failed`. */
  reason: FailureReason | null;
  error: JobError | null;
  /** Null when nothing is known of it any more. */
  worker: { id: string; host: string } | null;
  startedAt: string | null;
  /** Null while it runs. */
  endedAt: string | null;
  /** Its handler succeeded all the same, at this time, after the attempt had ended. The result was not kept. */
  lateResultAt: string | null;
}

/** How far the attempt that runs is, as a job's stream carries it. `seq` grows within one job; it is also the SSE `id`. */
export type JobProgressEvent = { seq: string; at: string; jobId: string; kind: 'progress' } & JobProgress;

/** A line of a job's log, as its stream carries it. */
export type JobLogEvent = JobLog & { jobId: string; kind: 'log' };

/** Everything that `GET /jobs/{id}/events` sends. */
export type JobStreamEvent = JobEvent | JobProgressEvent | JobLogEvent;
