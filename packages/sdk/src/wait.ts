import { isFinal, type Job } from './contract.ts';
import type { JobDefinition, ResultOf } from './define-job.ts';
import { parseDuration } from './duration.ts';
import { CloudTaskError, JobCancelledError, JobExpiredError, JobFailedError, WaitTimeoutError } from './errors.ts';
import type { FinishedJob, WaitOptions } from './job-types.ts';
import { startTimeLimit } from './time-limit.ts';
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
  const timeoutMs = timeout === undefined ? Number.POSITIVE_INFINITY : parseDuration(timeout);
  const limit = startTimeLimit(timeoutMs);
  const stop = signal ? AbortSignal.any([signal, limit.signal]) : limit.signal;
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
    limit.clear();
  }
  const job = await lastLook(deps, id, last);
  if (isFinal(job.status)) return job as FinishedJob<D>;
  throw new WaitTimeoutError(job, timeoutMs);
}

/** The end may have come in the very moment in which the time ran out. */
async function lastLook({ requester }: WatchDeps, id: string, last: Job | undefined): Promise<Job> {
  const look = { operation: 'jobs.get', method: 'GET', path: `/jobs/${encodeURIComponent(id)}` } as const;
  try {
    return (await requester.json<Job>({ ...look, timeout: LAST_LOOK_MS, maxRetries: 0 })).data;
  } catch (error) {
    if (last) return last;
    throw error;
  }
}

/** The result of a completed job; throws for every other end. */
export function resultOf<D extends JobDefinition>(job: FinishedJob<D>): ResultOf<D> {
  switch (job.status) {
    case 'COMPLETED':
      return job.result;
    case 'CANCELLED':
      throw new JobCancelledError(job as Job);
    case 'EXPIRED':
      throw new JobExpiredError(job as Job);
    case 'FAILED':
      throw new JobFailedError(job as Job);
  }
}
