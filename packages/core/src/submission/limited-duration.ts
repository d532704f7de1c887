import type { Duration } from '@cloudtask/sdk/contract';
import { parseDuration } from '@cloudtask/sdk/duration';
import { invalid } from './input-refused.ts';

const DAY_MS = 86_400_000;

/** Milliseconds of a duration in a body. A schema can bound numbers, but not "36500d". */
export function limitedDuration(
  path: string,
  duration: Duration,
  { minMs = 0, maxMs }: { minMs?: number; maxMs: number },
): number {
  const ms = parseDuration(duration);
  if (ms < minMs) throw invalid([{ path, message: `must be at least ${minMs / 1000} s` }]);
  if (ms > maxMs) throw invalid([{ path, message: `must be at most ${Math.floor(maxMs / DAY_MS)} days` }]);
  return ms;
}
