// What crosses HTTP about failures by cause, and about actions on many jobs.
import type { FailureReason, Job, JobError, JobStatus } from './contract.ts';

/**
 * Why jobs of one type are `FAILED`, and how many: an item of `GET /failures`, which leaves out those that were discarded,
 * or lists these alone. Times are ISO 8601 in UTC.
 */
export interface FailureCause {
  /** Equal for failures with the same cause; `GET /jobs?fingerprint=` lists their jobs. */
  fingerprint: string;
  type: string;
  /** Of the job that failed last. */
  reason: FailureReason | null;
  error: Pick<JobError, 'name' | 'code' | 'message'> | null;
  /** Jobs that are `FAILED` with it now: those that need a look, or those that were discarded. */
  count: number;
  /** When the first of these jobs failed. */
  firstAt: string;
  /** When the last of them failed. */
  lastAt: string;
  /** The job that failed last. */
  newestJobId: string;
  /** When the job that failed last was discarded; null in the list of those that need a look. */
  discardedAt: string | null;
  /** The reason that was given with it. */
  discardReason: string | null;
}

/** How many jobs a filter chooses: the answer of `GET /jobs/count`. */
export interface JobCount {
  /** At most 10,000. */
  count: number;
  /** False: there are more than `count`, or not all jobs could be looked at in time. */
  isExact: boolean;
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
  /** Text in the error's name, code or message. */
  error?: string;
  /**
   * Members of the payload, all of them: `to=ada@example.com`, `user.name=Ada`, `n:=3` for JSON, `tags[]=a` for an item of a
   * list. At most 10.
   */
  field?: string | string[];
  /** Name or host of the worker of the newest attempt. */
  worker?: string | string[];
  /** So many attempts, or more. */
  minAttempt?: number;
  /** Created at or after this time (ISO 8601), or this long ago: `"24h"`. */
  since?: string;
  /** Created before this time, or this long ago. */
  until?: string;
  /** Failed with this cause, or one of these: `error.fingerprint`. */
  fingerprint?: string | string[];
  /** At most 1,000. */
  ids?: string[];
  /** Every job of the account. */
  all?: true;
}

export const JOB_ACTION_KINDS = ['retry', 'cancel', 'discard', 'restore'] as const;
/** `retry`, `cancel`, `discard` or `restore`: see `StartJobAction`. */
export type JobActionKind = (typeof JOB_ACTION_KINDS)[number];

/** Body of `POST /jobs/actions`. */
export interface StartJobAction {
  /**
   * `retry` is for jobs that are `FAILED`, `CANCELLED` or `EXPIRED`, for failures that were discarded only when `ids` names them.
   * `cancel` is for jobs that have not ended. `discard` says of `FAILED` jobs that they need nothing more, `restore` takes that
   * back: neither changes a status.
   */
  action: JobActionKind;
  filter: JobActionFilter;
  /** Noted at the jobs that are cancelled or discarded. At most 500 characters. */
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
/** How far an action is: one of `JOB_ACTION_STATES`. */
export type JobActionState = (typeof JOB_ACTION_STATES)[number];

/** Something that is done to many jobs. It is about jobs that existed when it was made. */
export interface JobAction {
  id: string;
  action: JobActionKind;
  /** Durations have become times. */
  filter: JobActionFilter;
  reason: string | null;
  /** How far it is. */
  state: JobActionState;
  /** Why it is `STOPPED`; null otherwise. */
  stopReason: string | null;
  /** How many jobs go first; null: all go at once. */
  canary: number | null;
  /** The jobs that were retried first. */
  canaryIds: string[];
  /** Jobs per second. */
  rate: number | null;
  /** Jobs retried, cancelled or asked to stop, discarded or restored so far. */
  done: number;
  /** Jobs whose turn came too late: they had changed, or their unique key was taken. */
  skipped: number;
  createdAt: string;
  endedAt: string | null;
}
