// What the four services say to each other over the broker, and nothing else.
// Every message is an array: a message costs about 50 µs whatever its size, an entry in it about 2 µs.
import type { FailureReason, Json } from '@cloudtask/sdk/contract';

/** "Look at these jobs now." Losing, repeating or reordering a hint costs latency, never a job: the claim decides. */
export interface HintMessage {
  v: 1;
  jobs: Hint[];
}
export interface Hint {
  id: string;
  type: string;
}

/** Who owns an attempt. `fence` makes late reports harmless, `claimToken` makes forged ones harmless. */
export interface AttemptRef {
  jobId: string;
  fence: number;
  claimToken: string;
}

export interface StartedMessage {
  v: 1;
  events: StartedEvent[];
}
export interface StartedEvent extends AttemptRef {
  type: string;
  /** Owner of the job, for the doorbell only: what a stream shows is read from the database, by owner. */
  userId: string;
  worker: string;
  /** Epoch milliseconds by the worker's clock; shown to people, never compared. */
  at: number;
}

export interface CompletedMessage {
  v: 1;
  events: CompletedEvent[];
}
export interface CompletedEvent extends AttemptRef {
  type: string;
  userId: string;
  worker: string;
  at: number;
  /** The attempt as people count it; stored with the error. */
  attempt: number;
  outcome: Outcome;
  /** W3C trace context of the run. Absent when the job has no trace. */
  traceparent?: string;
}

/** How an attempt ended, as its worker saw it. What follows from it is decided by `settle`, in the database. */
export type Outcome =
  | { kind: 'completed'; result: Json }
  | {
      kind: 'failed';
      reason: FailureReason;
      name: string;
      message: string;
      /** Application code of the error, when it has one. */
      code?: string;
      retryable: boolean;
      /** Before the next attempt, if there is one. */
      retryDelayMs: number;
    }
  /** Given back by a stopping worker: costs no attempt. `started` tells whether the handler had begun. */
  | { kind: 'interrupted'; started: boolean }
  /** The handler asked to be run later: costs no attempt. */
  | { kind: 'snoozed'; delayMs: number };

/** No message is larger than this many entries, or about 1 MiB, whichever comes first. */
export const MAX_EVENTS_PER_MESSAGE = 500;
export const MAX_MESSAGE_BYTES = 1024 * 1024;

export const CREATED_QUEUE = 'jobs.created';
export const STARTED_QUEUE = 'jobs.started';
export const COMPLETED_QUEUE = 'jobs.completed';
export const QUARANTINE_QUEUE = 'jobs.quarantine';

export const DEFAULT_QUEUE = 'default';
/** What the name of a queue looks like. Without a colon: in a worker's settings that comes before the queue's own slots. */
export const QUEUE_NAME = '[A-Za-z0-9._-]{1,100}';

/** The broker queue of a named queue: the default queue is exactly `jobs.created`. */
export function createdQueue(queue: string): string {
  return queue === DEFAULT_QUEUE ? CREATED_QUEUE : `${CREATED_QUEUE}.${queue}`;
}
