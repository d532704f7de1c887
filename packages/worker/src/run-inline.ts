import { readMark } from '@cloudtask/sdk/handler-errors';
import type { AnyServices } from '@cloudtask/sdk/handler-services';
import type { Attempt } from './attempt.ts';
import { type AttemptEnd, asEnd, endOfAbort } from './attempt-end.ts';
import { attemptFields } from './attempt-fields.ts';
import { checkPayload, checkResult } from './check-with-schema.ts';
import { heardBy } from './console-capture.ts';
import { JobContext, type JobContextDeps } from './job-context.ts';
import { isKept } from './job-log-level.ts';
import { logText } from './log-line.ts';
import { outcomeOfError } from './outcome-of-error.ts';
import { runChain } from './run-chain.ts';
import { settleHandler } from './settle-handler.ts';
import { toStorableText } from './storable-result.ts';
import { headline, thrownStack } from './thrown-stack.ts';

/**
 * Runs the handler in this process to its end. Never rejects. After an abort a success still counts, the work is done;
 * a throw then means only that the handler obeyed.
 */
export function runInline(deps: JobContextDeps, attempt: Attempt): Promise<AttemptEnd | undefined> {
  // Without a promise more for the many that ask for neither: some handlers run in microseconds.
  if (!deps.capturesConsole && !attempt.handler.onSettled) return run(deps, attempt);
  const whole = () => runAndSettle(deps, attempt);
  return deps.capturesConsole ? heardBy(hearFor(deps, attempt), whole) : whole();
}

async function runAndSettle(deps: JobContextDeps, attempt: Attempt): Promise<AttemptEnd | undefined> {
  const end = await run(deps, attempt);
  if (attempt.handler.onSettled) await settleHandler(attempt, end);
  return end;
}

async function run(deps: JobContextDeps, attempt: Attempt): Promise<AttemptEnd | undefined> {
  const { job, handler } = attempt;
  try {
    const payload = handler.payload ? await checkPayload(handler.payload, job.payload) : job.payload;
    const services = handler.services ? (handler.services.now ?? (await handler.services.build())) : NO_SERVICES;
    const returned = await runChain(handler, payload, new JobContext(attempt, deps, services));
    const result = handler.result ? await checkResult(handler.result, returned) : returned;
    return { kind: 'completed', resultText: toStorableText(result) };
  } catch (error) {
    if (attempt.abortKind !== undefined) return endOfAbort(attempt);
    const outcome = outcomeOfError(error, job, handler.retryWhen);
    // The job keeps what people are told; where it was thrown is for whoever looks after the handler: in its log.
    if (outcome.kind === 'failed' && (outcome.reason === 'ERROR' || outcome.reason === 'NON_RETRYABLE')) {
      deps.logger[readMark(error) ? 'debug' : 'warn']({ ...attemptFields(attempt), err: error }, 'the handler threw');
      tellWhere(attempt, outcome, error);
    }
    return asEnd(outcome);
  }
}

function tellWhere({ journal }: Attempt, { name, message }: { name: string; message: string }, error: unknown): void {
  // `RetryLater` is a decision of the handler, and no place to look at; what made it decide so may be one.
  const mark = readMark(error);
  const stack = thrownStack(mark?.['~cloudtask'] === 'retry-later' ? mark.cause : error);
  if (stack !== undefined) journal.threw(headline(name, message), stack);
}

const NO_SERVICES: AnyServices = Object.freeze({});

/** For its job's log only. */
function hearFor({ logger, logLevel }: JobContextDeps, { journal }: Attempt): Parameters<typeof heardBy>[0] {
  return (level, text) => {
    if (!isKept(level, logLevel)) return false;
    journal.log(level, logText(text, logger.scrub));
    return true;
  };
}
