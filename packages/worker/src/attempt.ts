import type { ClaimedJob } from '@cloudtask/core/protocol/claim';
import type { JobSpan } from '@cloudtask/core/tracing/job-span';
import { type AbortKind, JobAbort } from '@cloudtask/sdk/handler-errors';
import { type AttemptJournal, NO_JOURNAL } from './attempt-journal.ts';
import type { LoadedHandler } from './load-handlers.ts';

/** Jobs that were claimed by one statement. Its row in the database is forgotten when all of them are seen settled. */
export interface Claim {
  readonly token: string;
  readonly workerId: number;
  unsettled: number;
  /** What its jobs go on with in their traces, by id; undefined while nobody records spans. */
  traceparents?: ReadonlyMap<string, string> | undefined;
}

/** One run of one job on this worker. Times are milliseconds on the monotonic clock. */
export class Attempt {
  readonly job: ClaimedJob;
  readonly claim: Claim;
  readonly handler: LoadedHandler;
  readonly startedAt: number;
  readonly deadlineAt: number;
  /** Runs in a child process: because its handler asks for it, or because a worker was lost while it ran this job. */
  readonly isIsolated: boolean;
  /** When it counts as stalled, unless it shows life. */
  stallsAt = Number.POSITIVE_INFINITY;
  /** When the attempt ends whatever its handler does; known once the handler was told to stop. */
  endsAt = Number.POSITIVE_INFINITY;
  hasEnded = false;
  /** Where this attempt is in the trace of its job; undefined when that has none. */
  traceparent: string | undefined;
  /** Its own part of the trace, while somebody records spans. */
  span: JobSpan | undefined;
  /** Called once when the attempt has ended, also when its handler has not: stops what runs outside this process. */
  atEnd: (() => void) | undefined;
  journal: AttemptJournal = NO_JOURNAL;
  #controller: AbortController | undefined;
  #abort: JobAbort | undefined;

  constructor(job: ClaimedJob, claim: Claim, handler: LoadedHandler, now: number) {
    this.job = job;
    this.claim = claim;
    this.handler = handler;
    this.startedAt = now;
    this.traceparent = claim.traceparents?.get(job.id) ?? job.extras?.traceparent ?? undefined;
    this.deadlineAt = job.timeoutMs === 0 ? Number.POSITIVE_INFINITY : now + job.timeoutMs;
    this.showLife(now);
    this.isIsolated = handler.module !== undefined && (handler.isolation === 'process' || job.losses > 0);
  }

  showLife(now: number): void {
    const { stallMs } = this.handler;
    if (stallMs !== undefined) this.stallsAt = now + stallMs;
  }

  /** Made when first asked for: the shortest handlers never ask. */
  get signal(): AbortSignal {
    if (!this.#controller) {
      this.#controller = new AbortController();
      if (this.#abort) this.#controller.abort(this.#abort);
    }
    return this.#controller.signal;
  }

  get abortKind(): AbortKind | undefined {
    return this.#abort?.kind;
  }

  /** The first reason stays; a later one can only shorten the time that is left. */
  abort(kind: AbortKind, graceMs: number, now: number): void {
    this.endsAt = Math.min(this.endsAt, now + graceMs);
    if (this.#abort) return;
    this.#abort = new JobAbort(kind, graceMs, ABORT_MESSAGES[kind]);
    this.#controller?.abort(this.#abort);
  }
}

const ABORT_MESSAGES: Record<AbortKind, string> = {
  cancelled: 'the job was cancelled',
  timeout: 'the attempt took longer than its timeout',
  stalled: 'the attempt showed no life for longer than its stallTimeout',
  'lease-lost': 'the worker lost contact with the database, the job belongs to another attempt now',
  shutdown: 'the worker is stopping',
};
