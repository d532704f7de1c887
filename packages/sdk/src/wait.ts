import { adviseWaiting } from '#wait-advice';
import { anySignal } from './any-signal.ts';
import { readJob } from './calls.ts';
import { isFinal, type Job } from './contract.ts';
import type { JobDefinition, ResultOf } from './define-job.ts';
import { CloudTaskError, JobCancelledError, JobExpiredError, JobFailedError, WaitTimeoutError } from './errors.ts';
import type { FinishedJob, WaitOptions } from './job-types.ts';
import { limitMs, startTimeLimit } from './time-limit.ts';
import { watchJob } from './watch.ts';
import type { WatchDeps } from './watch-deps.ts';

/** The last look at a job when the time is over gets this long. */
const LAST_LOOK_MS = 2_000;

/** The job at its end, whatever the end is: a failed job is a value here, not an exception. */
export async function waitForJob<D extends JobDefinition>(
  deps: WatchDeps,
  id: string,
  { timeout, signal, onEvent }: WaitOptions,
): Promise<FinishedJob<D>> {
  const timeoutMs = limitMs(timeout);
  const limit = startTimeLimit(timeoutMs);
  const stop = anySignal(signal, limit.signal);
  const endAdvice = adviseWaiting(deps, id);
  let last: Job | undefined;
  try {
    for await (const event of watchJob(deps, { id, signal: stop, untilFinal: true, logs: false })) {
      if (event.kind !== 'status') continue;
      last = event.job;
      onEvent?.(event);
      if (isFinal(event.status)) return event.job as FinishedJob<D>;
    }
  } catch (error) {
    const isOver = limit.signal.aborted && !signal?.aborted && !deps.closed.aborted;
    if (!isOver || (error instanceof CloudTaskError && !error.retryable)) throw error;
  } finally {
    endAdvice();
    limit.clear();
  }
  const job = await lastLook(deps, id, last);
  if (isFinal(job.status)) return job as FinishedJob<D>;
  throw new WaitTimeoutError(job, timeoutMs);
}

/** The end may have come in the very moment in which the time ran out. */
async function lastLook({ requester }: WatchDeps, id: string, last: Job | undefined): Promise<Job> {
  try {
    return await readJob(requester, id, { timeout: LAST_LOOK_MS, maxRetries: 0 });
  } catch (error) {
    if (last) return last;
    throw error;
  }
}

/** The result of a completed job; throws for every other end. */
export function resultOf<D extends JobDefinition>(job: FinishedJob<D>): ResultOf<D> {
  if (job.status === 'COMPLETED') return job.result;
  throw new NO_RESULT[job.status](job as Job);
}

const NO_RESULT = { CANCELLED: JobCancelledError, EXPIRED: JobExpiredError, FAILED: JobFailedError };
