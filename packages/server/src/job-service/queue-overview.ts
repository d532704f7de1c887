import type { Broker } from '@cloudtask/core/broker/broker';
import type { Database } from '@cloudtask/core/database/database';
import { createdQueue } from '@cloudtask/core/messages';
import { queuesWithBacklog } from '@cloudtask/core/protocol/dispatch';
import { type LiveWorker, lanesOf, readLiveWorkers } from '@cloudtask/core/protocol/live-workers';
import { type QueuePause, readPauses } from '@cloudtask/core/protocol/queue-pauses';
import type { QueueInfo, QueuePauseInfo } from '@cloudtask/sdk/contract';
import { countInLane, countRunning, type Running } from '../store/count-running.ts';
import { readWaiting } from '../store/waiting.ts';

const MAX_QUEUES_WAITING = 1_000;

/** Every queue that has workers, a pause or a backlog (the first thousand of those), by name. */
export async function queueOverview({
  database,
  broker,
}: {
  database: Database;
  broker: Broker;
}): Promise<QueueInfo[]> {
  const [workers, pauses, waiting] = await Promise.all([
    readLiveWorkers(database),
    readPauses(database),
    queuesWithBacklog(database, MAX_QUEUES_WAITING),
  ]);
  const loads = await readLoads(database, workers);
  const pauseOf = new Map(pauses.map((pause) => [pause.queue, pause]));
  const names = [...new Set([...loads.keys(), ...pauseOf.keys(), ...waiting])].sort();
  const [counts, ready] = await Promise.all([
    readWaiting(database, names),
    // Only where somebody listens: to ask the broker for a queue makes it, and users choose these names.
    Promise.all(names.map((name) => (loads.has(name) ? readyIn(broker, name) : null))),
  ]);
  return counts.map(({ queue, waiting: count, oldestSeconds }, index) => {
    const pause = pauseOf.get(queue);
    return {
      name: queue,
      waiting: count,
      ready: ready[index] ?? null,
      oldestWaitingSeconds: oldestSeconds === null ? null : Math.max(0, oldestSeconds),
      ...(loads.get(queue) ?? { workers: 0, slots: 0, busy: 0 }),
      pause: pause ? toPauseInfo(pause) : null,
    };
  });
}

export function toPauseInfo({ pausedAt, resumesAt, reason, pausedBy }: QueuePause): QueuePauseInfo {
  return { pausedAt: pausedAt.toISOString(), resumesAt: resumesAt?.toISOString() ?? null, reason, pausedBy };
}

interface QueueLoad {
  workers: number;
  slots: number;
  busy: number;
}

// Only of workers with several lanes it is counted what runs in which; of the others the heartbeat says it. Where claims
// are too many to be counted, `busy` says less than there is.
async function readLoads(database: Database, workers: readonly LiveWorker[]): Promise<Map<string, QueueLoad>> {
  const running = await countRunning(database, {
    userId: null,
    workers: workers.filter((worker) => lanesOf(worker).length > 1),
  });
  const loads = new Map<string, QueueLoad>();
  for (const worker of workers) {
    for (const { queues, slots, busy } of busyLanes(worker, running)) {
      for (const queue of queues) {
        const load = loads.get(queue) ?? { workers: 0, slots: 0, busy: 0 };
        loads.set(queue, { workers: load.workers + 1, slots: load.slots + slots, busy: load.busy + busy });
      }
    }
  }
  return loads;
}

function busyLanes(worker: LiveWorker, running: Running) {
  const lanes = lanesOf(worker);
  if (lanes.length === 1) return lanes.map((lane) => ({ ...lane, busy: worker.busy }));
  return lanes.map((lane) => ({ ...lane, busy: countInLane(running, worker, lane).busy }));
}

async function readyIn(broker: Broker, queue: string): Promise<number | null> {
  if (!broker.health.up) return null;
  // Away meanwhile, or this queue is not as it should be: the rest of the answer is worth having all the same.
  return await broker.depth(createdQueue(queue)).then(
    ({ ready }) => ready,
    () => null,
  );
}
