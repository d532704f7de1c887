import type { Backoff, Duration } from '@cloudtask/sdk/contract';
import { parseDuration } from '@cloudtask/sdk/duration';

/** A backoff policy with every default filled in; what is stored with the job. */
export interface ResolvedBackoff {
  kind: Backoff['kind'];
  delayMs: number;
  maxDelayMs: number;
  factor: number;
}

export const DEFAULT_BACKOFF: ResolvedBackoff = {
  kind: 'exponential',
  delayMs: 5_000,
  maxDelayMs: 3_600_000,
  factor: 3,
};

export function resolveBackoff(backoff: Backoff): ResolvedBackoff {
  const ms = (duration: Duration | undefined, fallback: number) =>
    duration === undefined ? fallback : parseDuration(duration);
  return {
    kind: backoff.kind,
    delayMs: ms(backoff.delay, DEFAULT_BACKOFF.delayMs),
    maxDelayMs: ms(backoff.maxDelay, DEFAULT_BACKOFF.maxDelayMs),
    factor: backoff.factor ?? DEFAULT_BACKOFF.factor,
  };
}

/**
 * Milliseconds to wait after the n-th failure (n ≥ 1). The random half keeps jobs that failed together from
 * coming back together. `random` is a number in [0, 1).
 */
export function backoffDelayMs(policy: ResolvedBackoff, failures: number, random: number = Math.random()): number {
  const longest = Math.min(policy.maxDelayMs, growth(policy, failures));
  return Math.round(longest * (0.5 + random / 2));
}

function growth({ kind, delayMs, factor }: ResolvedBackoff, failures: number): number {
  switch (kind) {
    case 'fixed':
      return delayMs;
    case 'linear':
      return delayMs * failures;
    case 'exponential':
      // After many failures the power is Infinity, which times 0 would be no number.
      return delayMs === 0 ? 0 : delayMs * factor ** (failures - 1);
  }
}
