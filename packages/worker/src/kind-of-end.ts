import type { Attempt } from './attempt.ts';
import type { AttemptEnd } from './attempt-end.ts';
import type { EndKind } from './metrics.ts';

/** As metrics and log lines call the end of an attempt; without one it is lost. */
export function kindOfEnd({ abortKind }: Attempt, end: AttemptEnd | undefined): EndKind {
  if (!end) return 'lost';
  return end.kind === 'failed' && abortKind === 'cancelled' ? 'cancelled' : end.kind;
}
