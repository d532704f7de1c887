/** Two signals in this time are one Ctrl-C: the terminal sends it to all programs, and npm passes it on once more. */
const SAME_MS = 400;

/** Whoever asks once lets running jobs finish; whoever asks twice does not wait for them. */
export class StopRequests {
  readonly #asked = new AbortController();
  readonly #now = new AbortController();
  #lastAt = 0;

  get asked(): AbortSignal {
    return this.#asked.signal;
  }

  get now(): AbortSignal {
    return this.#now.signal;
  }

  request(): void {
    const isSame = Date.now() - this.#lastAt < SAME_MS;
    this.#lastAt = Date.now();
    if (!this.asked.aborted) this.#asked.abort();
    else if (!isSame) this.#now.abort();
  }

  /** Signals of the process count as requests until the answer is called. */
  listen(): () => void {
    const request = () => this.request();
    for (const signal of SIGNALS) process.on(signal, request);
    return () => {
      for (const signal of SIGNALS) process.off(signal, request);
    };
  }
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
