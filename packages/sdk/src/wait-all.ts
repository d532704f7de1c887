import { anySignal } from './any-signal.ts';
import { readJob } from './calls.ts';
import { isFinal, type Job } from './contract.ts';
import { WaitTimeoutError } from './errors.ts';
import { StreamUnusable } from './follow-stream.ts';
import type { FinishedJob, WaitOptions } from './job-types.ts';
import { sleep } from './sleep.ts';
import { limitMs, startTimeLimit } from './time-limit.ts';
import type { WatchDeps } from './watch-deps.ts';
import { watchManyJobs } from './watch-many.ts';

/** Jobs at their ends, in the order of these: one stream for all, and a look at each whenever it may have missed some. */
export async function* waitForAll(
  deps: WatchDeps,
  ids: readonly string[],
  { timeout, signal, onEvent }: WaitOptions,
): AsyncGenerator<FinishedJob, void> {
  const timeoutMs = limitMs(timeout);
  const limit = startTimeLimit(timeoutMs);
  const leave = new AbortController();
  const stop = anySignal(leave.signal, limit.signal, signal);
  const open = new Map<string, Job | undefined>(ids.map((id) => [id.toLowerCase(), undefined]));
  const ended: Job[] = [];
  let wake = () => {};

  const note = (job: Job) => {
    if (!open.has(job.id)) return;
    if (!isFinal(job.status)) open.set(job.id, job);
    else if (open.delete(job.id)) ended.push(job);
    wake();
  };
  /** One after the other: what has ended is told while the others are looked at. */
  async function look(): Promise<void> {
    for (const id of [...open.keys()]) note(await readJob(deps.requester, id, { signal: stop }));
  }
  async function listen(fail: (error: unknown) => void): Promise<void> {
    for await (const event of watchManyJobs(deps, { ids: [...open.keys()] }, stop, () => look().catch(fail))) {
      if (event.kind !== 'status') continue;
      onEvent?.(event);
      note(event.job);
    }
  }
  async function lookAgainAndAgain(error: unknown): Promise<void> {
    if (!(error instanceof StreamUnusable)) throw error;
    for (;;) {
      await look();
      await sleep(LOOK_AGAIN_MS, stop);
    }
  }

  const failed = new Promise<never>((_, fail) => {
    listen(fail).catch(lookAgainAndAgain).catch(fail);
  });
  // It may fail while nobody waits: whoever asks for the next end hears of it.
  failed.catch(() => {});
  try {
    while (open.size > 0 || ended.length > 0) {
      const job = ended.shift();
      if (job) yield job as FinishedJob;
      else await Promise.race([failed, new Promise<void>((resolve) => (wake = resolve))]);
    }
  } catch (error) {
    const last = [...open.values()].find(Boolean);
    if (limit.signal.aborted && !signal?.aborted && last) throw new WaitTimeoutError(last, timeoutMs);
    throw error;
  } finally {
    limit.clear();
    leave.abort();
  }
}

/** Where no streams get through. */
const LOOK_AGAIN_MS = 2_000;
