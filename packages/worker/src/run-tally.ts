import type { Attempt } from './attempt.ts';
import type { EndKind } from './metrics.ts';
import type { WorkerObserver } from './worker-parts.ts';

/** What the worker's program has to say at its end: how many jobs it ran, and why it ends. */
export class RunTally implements WorkerObserver {
  readonly #drained = new AbortController();
  #ran = 0;
  #reason: string | null = null;

  /** Aborted when an operator drains the worker. */
  get drained(): AbortSignal {
    return this.#drained.signal;
  }

  claimed(): void {}

  /** What was given back or lost has not run here. */
  ended(_: Attempt, kind: EndKind): void {
    if (kind !== 'interrupted' && kind !== 'lost') this.#ran += 1;
  }

  draining(reason: string | null): void {
    this.#reason = reason;
    this.#drained.abort();
  }

  failed(): void {}

  /** `why`: it ends, unless it was drained. */
  sentence(why: string): string {
    const jobs = `${this.#ran} ${this.#ran === 1 ? 'job' : 'jobs'} ran`;
    if (!this.drained.aborted) return `${jobs}: ${why}`;
    return `${jobs}: an operator drained this worker${this.#reason === null ? '' : ` (${this.#reason})`}`;
  }
}
