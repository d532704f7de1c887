import type { Broker } from '@cloudtask/core/broker/broker';
import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import { COMPLETED_QUEUE } from '@cloudtask/core/messages';
import type { Counter } from '@cloudtask/core/metrics';
import { rescueForgotten, rescueJobsOf, type SuspectWorker, suspectWorkers } from '@cloudtask/core/protocol/rescue';
import { announceSettled } from '@cloudtask/core/settle-outcomes';
import type { Signals } from '@cloudtask/core/signals/signals';

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
async function rescue({ database, signals, logger }: RescueDeadWorkers, worker: SuspectWorker): Promise<number> {
  const rescued = await rescueJobsOf(database, worker.id);
  logger.warn(
    { worker: worker.name, workerId: worker.id, because: worker.because, jobs: rescued.length },
    'worker is dead',
  );
  announceSettled(signals, rescued);
  return rescued.length;
}

/** Gives attempts back that their living worker has lost sight of. */
export async function rescueForgottenJobs({ database, signals, logger }: RescueDeadWorkers): Promise<void> {
  const rescued = await rescueForgotten(database);
  if (rescued.length > 0) logger.error({ jobs: rescued.map(({ id }) => id) }, 'attempts outlived their timeout');
  announceSettled(signals, rescued);
}
