import type { Broker } from '@cloudtask/core/broker/broker';
import type { Database } from '@cloudtask/core/database/database';
import { createdQueue } from '@cloudtask/core/messages';
import { queuesWithBacklog } from '@cloudtask/core/protocol/dispatch';
import { type QueuePause, readPauses } from '@cloudtask/core/protocol/queue-pauses';
import type { QueueInfo, QueuePauseInfo } from '@cloudtask/sdk/contract';
import { readWaiting } from '../store/waiting.ts';
import { type LiveWorker, readLiveWorkers } from '../store/workers.ts';

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
  const loads = loadsOf(workers);
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

function loadsOf(workers: readonly LiveWorker[]): Map<string, { workers: number; slots: number; busy: number }> {
  const loads = new Map<string, { workers: number; slots: number; busy: number }>();
  for (const worker of workers) {
    for (const [index, queue] of worker.queues.entries()) {
      const load = loads.get(queue) ?? { workers: 0, slots: 0, busy: 0 };
      load.workers += 1;
      load.slots += worker.queueSlots?.[index] || worker.slots;
      load.busy += worker.busy;
      loads.set(queue, load);
    }
  }
  return loads;
}

async function readyIn(broker: Broker, queue: string): Promise<number | null> {
  if (!broker.health.up) return null;
  // Away meanwhile, or this queue is not as it should be: the rest of the answer is worth having all the same.
  return await broker.depth(createdQueue(queue)).then(
    ({ ready }) => ready,
    () => null,
  );
}
