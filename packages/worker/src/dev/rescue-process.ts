import { hostname } from 'node:os';
import { setTimeout as pause } from 'node:timers/promises';
import type { Broker } from '@cloudtask/core/broker/broker';
import { COMPLETED_QUEUE } from '@cloudtask/core/messages';
import type { Platform } from '@cloudtask/core/open-platform';
import { rescueJobsOf, workersOfProcess } from '@cloudtask/core/protocol/rescue';
import { announceSettled } from '@cloudtask/core/settle-outcomes';

/** Gives the jobs of a worker process that has ended to others, at once. Answers how many there were. */
export async function rescueProcess(
  platform: Pick<Platform, 'database' | 'broker' | 'signals'>,
  pid: number,
): Promise<number> {
  const { database, broker, signals } = platform;
  await resultsAreIn(broker);
  let rescued = 0;
  for (const { id } of await workersOfProcess(database, { host: hostname(), pid })) {
    const settled = await rescueJobsOf(database, id);
    announceSettled(signals, settled);
    rescued += settled.length;
  }
  return rescued;
}

/** What it reported before it died has to be settled first, or a finished job runs again. */
async function resultsAreIn(broker: Broker): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let empty = 0; empty < CONFIRMATIONS && performance.now() < deadline; await pause(LOOK_EACH_MS)) {
    const depth = await broker.depth(COMPLETED_QUEUE).catch(() => undefined);
    empty = depth?.ready === 0 ? empty + 1 : 0;
  }
}

/** The last one may be in the hands of the results-processor. */
const CONFIRMATIONS = 2;
const LOOK_EACH_MS = 50;
const PATIENCE_MS = 2_000;
