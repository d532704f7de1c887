import type { ClaimedJob } from '@cloudtask/core/protocol/claim';
import type { BatchResult, Json } from '@cloudtask/sdk/contract';
import type { AbortKind } from '@cloudtask/sdk/handler-errors';
import type { LogLevel } from '@cloudtask/sdk/live-contract';
import type { AttemptEnd } from '../attempt-end.ts';

// What a worker and a child process say to each other, a line of JSON each. `run` numbers the jobs of a child: what a
// job before this one left running must not speak for this one.

export type ToChild =
  | ChildRun
  | { kind: 'abort'; run: number; abort: AbortKind; graceMs: number }
  /** What became of the jobs of that call. */
  | { kind: 'submitted'; run: number; call: number; results: BatchResult[] };

export interface ChildRun {
  kind: 'run';
  run: number;
  job: ChildJob;
  traceparent?: string | undefined;
  elapsedMs: number;
  clockOffsetMs: number;
  logLevel: LogLevel;
  /** The type of its handler as the module exports it, when that is another than the job's. */
  exportedType?: string;
  /** What its plugin was given. */
  pluginOptions?: object;
}

/** All that a child learns of a job: not whose it is, and nothing with which its attempt could be settled. */
export type ChildJob = Omit<ClaimedJob, 'userId' | 'fence'>;

export type FromChild =
  | { kind: 'ready' }
  /** Its module could not be loaded. */
  | { kind: 'refused'; why: string }
  | { kind: 'log'; run: number; level: LogLevel; message: string; fields: object }
  | { kind: 'printed'; run: number; stream: OutputStream; line: string }
  | { kind: 'progress'; run: number; value: Json; message?: string }
  | { kind: 'checkpoint'; run: number; state: Json }
  /** Why the run failed, with the frames of where. */
  | { kind: 'threw'; run: number; message: string; stack: string }
  /** Jobs that the handler makes, JSON texts of batch items; `call` numbers the calls of a run. */
  | { kind: 'submit'; run: number; call: number; items: string[] }
  /** So many lines more than those that were sent, since this was last said. */
  | { kind: 'dropped'; run: number; lines: number }
  | { kind: 'end'; run: number; end: ChildEnd }
  /** Something is wrong with the process, though it goes on. */
  | { kind: 'trouble'; what: string }
  /** Nobody caught this error: the process ends next. */
  | { kind: 'crash'; error: string; stack?: string | undefined };

export type OutputStream = 'stdout' | 'stderr';

/** The result travels as a value: the worker writes its text anew, so that no child can spoil an event for others. */
export type ChildEnd = { kind: 'completed'; result: Json } | Exclude<AttemptEnd, { kind: 'completed' }> | null;

/** Beside standard input, output and error. */
export const CHANNEL_FD = 3;
/** Nothing is ever said here: it closes when the worker is gone. */
export const WATCH_FD = 4;
