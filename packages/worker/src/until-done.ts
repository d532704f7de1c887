import { setTimeout as delay } from 'node:timers/promises';
import type { RunningWorker } from './worker-life.ts';

export interface DoneOptions {
  /** Also when nothing is ready any more. Else only when its quota is used up. */
  whenQuiet: boolean;
  /** Ends the waiting; the worker goes on. */
  signal: AbortSignal;
}

/**
 * Resolves when the worker has claimed all that it was to run. What is due later, and what becomes ready afterwards, is
 * for the next one. Jobs may still run: `close` with an infinite grace waits for them.
 */
export async function untilDone(worker: RunningWorker, { whenQuiet, signal }: DoneOptions): Promise<void> {
  let quietLooks = 0;
  while (!signal.aborted && !worker.isSpent) {
    const isWorking = !whenQuiet || (await worker.lookForWork());
    quietLooks = isWorking ? 0 : quietLooks + 1;
    await delay(LOOK_EACH_MS);
    if (quietLooks < QUIET_LOOKS) continue;
    // A worker without the handler may hold the message of a job, and gives it back in a moment.
    if (!(await worker.isAnyJobReady())) return;
    quietLooks = 0;
    await delay(HELD_MS);
  }
}

/** A message may be on its way from the broker, in no queue any more and not here yet. */
const QUIET_LOOKS = 3;
const LOOK_EACH_MS = 100;
/** To ask costs a look at the states of all jobs when there is none. */
const HELD_MS = 500;
