import type { Broker } from '@cloudtask/core/broker/broker';
import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import { COMPLETED_QUEUE } from '@cloudtask/core/messages';
import type { Counter } from '@cloudtask/core/metrics';
import { readTraceparents } from '@cloudtask/core/protocol/read-traceparents';
import { rescueForgotten, rescueJobsOf, type SuspectWorker, suspectWorkers } from '@cloudtask/core/protocol/rescue';
import type { Settled } from '@cloudtask/core/protocol/settle';
import { announceSettled } from '@cloudtask/core/settle-outcomes';
import type { Signals } from '@cloudtask/core/signals/signals';
import { activeTracer } from '@cloudtask/core/tracing';
import { recordSettle } from '@cloudtask/core/tracing/settle-spans';

export interface RescueDeadWorkers {
  database: Database;
  broker: Broker;
  signals: Signals;
  logger: Logger;
}

/** Looks, with the results queue seen empty, that a lost lock must outlive before it counts. */
const CONFIRMATIONS = 2;

/**
 * Finds workers that died and gives their jobs to others. Its memory of suspects is this process's own; several
 * schedulers may come to the same verdict, and only one of them changes anything.
 */
export function deadWorkerRescue(deps: RescueDeadWorkers & { lostLeases: Counter }): () => Promise<void> {
  let sightings = new Map<number, number>();

  return async function rescueDeadWorkers(): Promise<void> {
    const suspects = await suspectWorkers(deps.database);
    if (suspects.length === 0) {
      sightings = new Map();
      return;
    }
    const resultsAreIn = await resultsQueueIsEmpty(deps.broker);
    const seen = new Map<number, number>();
    for (const suspect of suspects) {
      // A worker may have reported and then died. Its report has to be settled first, or a finished job runs again.
      const count = (sightings.get(suspect.id) ?? 0) + (resultsAreIn ? 1 : 0);
      if (suspect.because === 'lease' || count >= CONFIRMATIONS) deps.lostLeases.inc(await rescue(deps, suspect));
      else seen.set(suspect.id, count);
    }
    sightings = seen;
  };
}

async function resultsQueueIsEmpty(broker: Broker): Promise<boolean> {
  try {
    return (await broker.depth(COMPLETED_QUEUE)).ready === 0;
  } catch {
    // What the broker holds cannot be seen now: the lease decides, later.
    return false;
  }
}

/** How many attempts were taken back: of several schedulers each counts only its own. */
async function rescue(deps: RescueDeadWorkers, worker: SuspectWorker): Promise<number> {
  const { database, signals, logger } = deps;
  const startedAt = Date.now();
  const rescued = await rescueJobsOf(database, worker.id);
  logger.warn(
    { worker: worker.name, workerId: worker.id, because: worker.because, jobs: rescued.length },
    'worker is dead',
  );
  announceSettled(signals, rescued);
  await traceLost(deps, rescued, startedAt);
  return rescued.length;
}

/** Gives attempts back that their living worker has lost sight of. */
export async function rescueForgottenJobs(deps: RescueDeadWorkers): Promise<void> {
  const { database, signals, logger } = deps;
  const startedAt = Date.now();
  const rescued = await rescueForgotten(database);
  if (rescued.length > 0) logger.error({ jobs: rescued.map(({ id }) => id) }, 'attempts outlived their timeout');
  announceSettled(signals, rescued);
  await traceLost(deps, rescued, startedAt);
}

/** Whoever ran these attempts took their spans along. */
async function traceLost(
  { database, broker }: RescueDeadWorkers,
  rescued: readonly Settled[],
  startedAt: number,
): Promise<void> {
  if (rescued.length === 0 || !activeTracer()) return;
  const ids = rescued.map(({ id }) => id);
  // What is done is done: that its traces cannot be read is no reason to leave the other dead workers for later.
  const traceparents = await readTraceparents(database, ids).catch(() => undefined);
  if (!traceparents) return;
  const attempts = rescued.map(({ id }) => ({
    jobId: id,
    outcome: { kind: 'lost' as const },
    traceparent: traceparents.get(id),
  }));
  recordSettle({ system: broker.system, attempts, settled: rescued, startedAt });
}
