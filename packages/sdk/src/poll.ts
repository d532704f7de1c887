import { readJob } from './calls.ts';
import { isFinal, type Job } from './contract.ts';
import { isPassing, startOutage } from './outage.ts';
import { sleep } from './sleep.ts';
import type { WatchDeps } from './watch-deps.ts';

/** How long the server is asked to hold its answer. */
const HOLD_MS = 25_000;
/** An answer that comes sooner was not held. */
const NOT_HELD_MS = 1_000;
const FIRST_PAUSE_MS = 500;
const MAX_PAUSE_MS = 5_000;

/** Asks for a job until it is finished; yields every answer. Survives outages as a stream does. */
export async function* pollJob(
  deps: WatchDeps,
  { id, signal, longPoll }: { id: string; signal: AbortSignal; longPoll: boolean },
): AsyncGenerator<Job> {
  const outage = startOutage(deps.maxOutageMs);
  let pauseMs = FIRST_PAUSE_MS;
  for (let first = true; ; first = false) {
    const askedAt = performance.now();
    try {
      const job = await ask(deps, id, signal, longPoll && !first);
      outage.over();
      yield job;
      if (isFinal(job.status)) return;
    } catch (error) {
      if (signal.aborted || !isPassing(error)) throw error;
      outage.began(error);
      await sleep(outage.nextDelayMs(), signal);
      continue;
    }
    if (performance.now() - askedAt > NOT_HELD_MS || (first && longPoll)) continue;
    await sleep(pauseMs * (0.75 + Math.random() / 2), signal);
    pauseMs = Math.min(MAX_PAUSE_MS, pauseMs * 1.5);
  }
}

async function ask({ requester }: WatchDeps, id: string, signal: AbortSignal, hold: boolean): Promise<Job> {
  return await readJob(requester, id, {
    ...(hold && { query: { wait: `${HOLD_MS / 1_000}s` }, timeout: HOLD_MS + 10_000 }),
    maxRetries: 0,
    signal,
  });
}
