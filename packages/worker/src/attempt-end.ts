import type { Outcome } from '@cloudtask/core/messages';
import type { Attempt } from './attempt.ts';
import { outcomeOfAbort } from './outcome-of-error.ts';
import { toStorableText } from './storable-result.ts';

/** How an attempt ended. The result is JSON text: it is written once and goes into the event as it is. */
export type AttemptEnd = { kind: 'completed'; resultText: string } | Exclude<Outcome, { kind: 'completed' }>;

/** The end of an attempt whose handler was told to stop. */
export function endOfAbort({ abortKind, job, handler }: Attempt): AttemptEnd | undefined {
  const outcome = abortKind && outcomeOfAbort(abortKind, job, handler.stallMs);
  return outcome && asEnd(outcome);
}

export function asEnd(outcome: Outcome): AttemptEnd {
  return outcome.kind === 'completed' ? { kind: 'completed', resultText: toStorableText(outcome.result) } : outcome;
}
