import type { Clock } from '@cloudtask/core/clock';
import type { Logger } from '@cloudtask/core/logger';
import type { Outcome } from '@cloudtask/core/messages';
import type { Attempt } from './attempt.ts';
import { checkPayload, checkResult } from './check-with-schema.ts';
import { JobContext } from './job-context.ts';
import { outcomeOfAbort, outcomeOfError } from './outcome-of-error.ts';
import { toStorableText } from './storable-result.ts';

/** How an attempt ended. The result is JSON text: it is written once and goes into the event as it is. */
export type AttemptEnd = { kind: 'completed'; resultText: string } | Exclude<Outcome, { kind: 'completed' }>;

/**
 * Runs the handler to its end. Never rejects. Undefined: the attempt belongs to somebody else by now, there is nothing
 * to report. After an abort a success still counts, the work is done; a throw then means only that the handler obeyed.
 *
 * Jobs with `losses` above 0 run here like all others, until processes of their own are built (docs/decisions).
 */
export async function runJob(
  deps: { clock: Clock; logger: Logger },
  attempt: Attempt,
): Promise<AttemptEnd | undefined> {
  const { job, handler } = attempt;
  try {
    const payload = handler.input ? await checkPayload(handler.input, job.payload) : job.payload;
    const returned = await handler.run(payload as never, new JobContext(attempt, deps));
    const result = handler.output ? await checkResult(handler.output, returned) : returned;
    return { kind: 'completed', resultText: toStorableText(result) };
  } catch (error) {
    return attempt.abortKind === undefined ? asEnd(outcomeOfError(error, job)) : endOfAbort(attempt);
  }
}

/** The end of an attempt whose handler was told to stop. */
export function endOfAbort({ abortKind, job }: Attempt): AttemptEnd | undefined {
  const outcome = abortKind && outcomeOfAbort(abortKind, job);
  return outcome && asEnd(outcome);
}

function asEnd(outcome: Outcome): AttemptEnd {
  return outcome.kind === 'completed' ? { kind: 'completed', resultText: toStorableText(outcome.result) } : outcome;
}
