interface Sleeper {
  jobId: string;
  untilMs: number;
  wake(): void;
}

/** Handlers that sleep by the clock of the test. */
export class Sleepers {
  readonly #asleep = new Set<Sleeper>();
  readonly #time: { readonly nowMs: number };
  /** Somebody has fallen asleep. */
  onSleep: () => void = () => {};

  constructor(time: { readonly nowMs: number }) {
    this.#time = time;
  }

  /** Rejects with the signal's reason when that is aborted. */
  sleep(jobId: string, ms: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return Promise.reject(signal.reason);
    return new Promise((resolve, reject) => {
      const end = (settle: () => void) => {
        this.#asleep.delete(sleeper);
        signal.removeEventListener('abort', stop);
        settle();
      };
      const stop = () => end(() => reject(signal.reason));
      const sleeper = { jobId, untilMs: this.#time.nowMs + ms, wake: () => end(resolve) };
      this.#asleep.add(sleeper);
      signal.addEventListener('abort', stop, { once: true });
      this.onSleep();
    });
  }

  /** Jobs that wait for the clock, each once. */
  get jobs(): number {
    return new Set(Array.from(this.#asleep, ({ jobId }) => jobId)).size;
  }

  /** Until the first of them wakes up; undefined when nobody sleeps. */
  get nextIn(): number | undefined {
    if (this.#asleep.size === 0) return undefined;
    return Math.max(0, Math.min(...Array.from(this.#asleep, ({ untilMs }) => untilMs)) - this.#time.nowMs);
  }

  /** Whose time has come. */
  wakeDue(): void {
    for (const sleeper of [...this.#asleep]) if (sleeper.untilMs <= this.#time.nowMs) sleeper.wake();
  }
}
