import type { ClaimedJob } from '@cloudtask/core/protocol/claim';
import type { AbortKind } from '@cloudtask/sdk/handler-errors';
import { Attempt, type Claim } from './attempt.ts';
import { type AttemptEnd, endOfAbort } from './attempt-end.ts';
import type { LoadedHandler } from './load-handlers.ts';

export interface RunningJobsOptions {
  slots: number;
  /** How long a handler may go on after its timeout or a cancel. */
  graceMs?: number;
  run(attempt: Attempt): Promise<AttemptEnd | undefined>;
  onEnd(attempt: Attempt, end: AttemptEnd | undefined, now: number): void;
  /** A handler starts that may run until then: told before it can block the thread. */
  onStart(attempt: Attempt): void;
}

/** The slots of a worker and what runs in them. One coarse timer watches all deadlines: a timer per job costs more than the job. */
export class RunningJobs {
  readonly slots: number;
  readonly #options: RunningJobsOptions;
  readonly #attempts = new Set<Attempt>();
  readonly #idle: (() => void)[] = [];
  #reserved = 0;
  #watch: NodeJS.Timeout | undefined;

  constructor(options: RunningJobsOptions) {
    this.#options = options;
    this.slots = options.slots;
  }

  get busy(): number {
    return this.#attempts.size;
  }

  get free(): number {
    return this.slots - this.#attempts.size - this.#reserved;
  }

  /** Of those that can block this thread. */
  get earliestInlineDeadline(): number {
    let earliest = Number.POSITIVE_INFINITY;
    for (const { deadlineAt, isIsolated } of this.#attempts) if (!isIsolated) earliest = Math.min(earliest, deadlineAt);
    return earliest;
  }

  /** Keeps slots for jobs that are being claimed. */
  reserve(count: number): void {
    this.#reserved += count;
  }

  unreserve(count: number): void {
    this.#reserved -= count;
    this.#tellIfIdle();
  }

  start(job: ClaimedJob, claim: Claim, handler: LoadedHandler): void {
    const attempt = new Attempt(job, claim, handler, performance.now());
    this.#attempts.add(attempt);
    this.#watch ??= setInterval(() => this.#endOverdue(performance.now()), WATCH_MS);
    this.#options.onStart(attempt);
    void this.#run(attempt);
  }

  async #run(attempt: Attempt): Promise<void> {
    this.#end(attempt, await this.#options.run(attempt));
  }

  /** Tells handlers to stop: all of them, or those that `which` names. */
  abort(kind: AbortKind, { graceMs = this.#graceMs, which = () => true }: AbortOptions = {}): void {
    const now = performance.now();
    for (const attempt of this.#attempts) if (which(attempt)) attempt.abort(kind, graceMs, now);
  }

  isRunning(jobId: string): boolean {
    for (const { job } of this.#attempts) if (job.id === jobId) return true;
    return false;
  }

  /** Resolves when nothing runs and nothing is being claimed. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idle.push(resolve);
      this.#tellIfIdle();
    });
  }

  #endOverdue(now: number): void {
    // Stopped here and not when the last job ends: fast jobs come and go thousands of times a second.
    if (this.#attempts.size === 0) this.#stopWatching();
    for (const attempt of this.#attempts) {
      if (attempt.abortKind === undefined) {
        if (now >= attempt.deadlineAt) attempt.abort('timeout', this.#graceMs, now);
        else if (now >= attempt.stallsAt) attempt.abort('stalled', this.#graceMs, now);
      }
      if (now >= attempt.endsAt) this.#end(attempt, endOfAbort(attempt));
    }
  }

  /** Once per attempt; a handler that comes to its end later finds that it is over. */
  #end(attempt: Attempt, end: AttemptEnd | undefined): void {
    if (attempt.hasEnded) return;
    attempt.hasEnded = true;
    attempt.atEnd?.();
    this.#attempts.delete(attempt);
    this.#options.onEnd(attempt, end, performance.now());
    this.#tellIfIdle();
  }

  #tellIfIdle(): void {
    if (this.#idle.length === 0 || this.#attempts.size > 0 || this.#reserved > 0) return;
    for (const tell of this.#idle.splice(0)) tell();
  }

  #stopWatching(): void {
    clearInterval(this.#watch);
    this.#watch = undefined;
  }

  get #graceMs(): number {
    return this.#options.graceMs ?? GRACE_MS;
  }
}

export interface AbortOptions {
  graceMs?: number;
  which?: (attempt: Attempt) => boolean;
}

/** After it a handler that was told to stop has lost its slot's protection: the attempt ends without it. */
export const GRACE_MS = 10_000;
const WATCH_MS = 50;
