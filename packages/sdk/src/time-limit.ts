import type { Duration } from './contract.ts';
import { parseDuration } from './duration.ts';

/** A signal that aborts after some time unless it is cleared; `Infinity` never aborts. */
export interface TimeLimit {
  signal: AbortSignal;
  clear(): void;
}

/** Of a time that may be left out. */
export function limitMs(limit: Duration | undefined): number {
  return limit === undefined ? Number.POSITIVE_INFINITY : parseDuration(limit);
}

export function startTimeLimit(ms: number): TimeLimit {
  const controller = new AbortController();
  // setTimeout fires at once for more than 2^31 - 1 ms (24.8 days).
  const timer = ms < 2 ** 31 ? setTimeout(() => controller.abort(), ms) : undefined;
  return { signal: controller.signal, clear: () => clearTimeout(timer) };
}
