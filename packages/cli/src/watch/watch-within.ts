import { type CloudTask, type Job, type JobStreamEvent, WaitTimeoutError } from '@cloudtask/sdk';
import { isFinal } from '@cloudtask/sdk/contract';
import { followJobs } from './follow-jobs.ts';
import type { WatchWish } from './watch-wish.ts';

export interface WithinInput {
  wish: WatchWish;
  signal: AbortSignal;
  /** Default: as long as it takes. */
  timeoutMs: number | undefined;
  onEvent(event: JobStreamEvent): void;
}

/** Follows jobs no longer than this; throws `WaitTimeoutError` when one of them has not ended by then. */
export async function watchWithin(ct: CloudTask, input: WithinInput): Promise<Job[]> {
  const { wish, timeoutMs, onEvent } = input;
  const seen = new Map<string, Job>();
  const time = new AbortController();
  const timer = timeoutMs === undefined ? undefined : setTimeout(() => time.abort(), timeoutMs);
  const startedAt = Date.now();
  try {
    return await followJobs(ct, {
      wish,
      signal: AbortSignal.any([input.signal, time.signal]),
      onEvent(event) {
        if (event.kind === 'status') seen.set(event.jobId, event.job);
        onEvent(event);
      },
    });
  } catch (error) {
    if (!time.signal.aborted || input.signal.aborted) throw error;
    const unfinished = firstUnfinished(seen) ?? (await lookAtUnseen(ct, wish, seen));
    if (unfinished) throw new WaitTimeoutError(unfinished, Date.now() - startedAt);
    if (seen.size === 0) throw error;
    return [...seen.values()];
  } finally {
    clearTimeout(timer);
  }
}

function firstUnfinished(seen: ReadonlyMap<string, Job>): Job | undefined {
  return [...seen.values()].find(({ status }) => !isFinal(status));
}

/** A short time may be over before anything was heard of a job: then it is asked for. */
async function lookAtUnseen(ct: CloudTask, { which }: WatchWish, seen: Map<string, Job>): Promise<Job | undefined> {
  if (which.kind !== 'ids') return undefined;
  for (const id of which.ids.filter((each) => !seen.has(each))) seen.set(id, await ct.jobs.get(id));
  return firstUnfinished(seen);
}
