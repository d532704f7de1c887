import type { Attempt } from './attempt.ts';
import { type AttemptEnd, asEnd, endOfAbort } from './attempt-end.ts';
import { checkPayload, checkResult } from './check-with-schema.ts';
import { JobContext, type JobContextDeps } from './job-context.ts';
import { outcomeOfError } from './outcome-of-error.ts';
import { toStorableText } from './storable-result.ts';

/**
 * Runs the handler in this process to its end. Never rejects. After an abort a success still counts, the work is done;
 * a throw then means only that the handler obeyed.
 */
export async function runInline(deps: JobContextDeps, attempt: Attempt): Promise<AttemptEnd | undefined> {
  const { job, handler } = attempt;
  try {
    const payload = handler.payload ? await checkPayload(handler.payload, job.payload) : job.payload;
    const returned = await handler.run(payload as never, new JobContext(attempt, deps));
    const result = handler.result ? await checkResult(handler.result, returned) : returned;
    return { kind: 'completed', resultText: toStorableText(result) };
  } catch (error) {
    return attempt.abortKind === undefined ? asEnd(outcomeOfError(error, job)) : endOfAbort(attempt);
  }
}
