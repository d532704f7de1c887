import { APIError, ConnectionError } from './errors.ts';

/** What goes away by itself: no connection, or a server that fails or is overloaded. */
export function isPassing(error: unknown): boolean {
  if (error instanceof APIError) return error.status >= 500 || error.status === 429;
  return error instanceof ConnectionError;
}

export interface Outage {
  over(): void;
  /** Counts a failure; throws it when the outage has lasted too long. */
  began(error: unknown): void;
  nextDelayMs(): number;
}

/** How long an unbroken outage may last, and the growing pauses within it: 0.1 s to 5 s, with jitter. */
export function startOutage(maxMs: number): Outage {
  let since: number | null = null;
  let failures = 0;
  return {
    over() {
      since = null;
      failures = 0;
    },
    began(error) {
      since ??= Date.now();
      failures++;
      if (Date.now() - since > maxMs) throw error;
    },
    nextDelayMs: () => Math.min(5_000, 100 * 2 ** Math.min(failures - 1, 10)) * (0.5 + Math.random() / 2),
  };
}
