import type { Queryable, Statement } from '../database/database.ts';
import type { WorkerType } from '../database/tables.ts';
import { LEASE_MS } from './workers.ts';

/** What the live workers of one queue can do. */
export interface QueueCapacity {
  slots: number;
  /** Mean run time in ms of each type they run; null before the first run. */
  types: ReadonlyMap<string, number | null>;
}
export type Catalogue = ReadonlyMap<string, QueueCapacity>;

export async function readCatalogue(db: Queryable): Promise<Catalogue> {
  const workers = await db.query<LiveWorker>(LIVE_WORKERS, [LEASE_MS]);
  const catalogue = new Map<string, { slots: number; types: Map<string, number | null> }>();
  for (const worker of workers) {
    for (const [index, queue] of worker.queues.entries()) {
      const capacity = catalogue.get(queue) ?? { slots: 0, types: new Map<string, number | null>() };
      capacity.slots += worker.queueSlots?.[index] || worker.slots;
      for (const { type, meanMs } of worker.types) {
        capacity.types.set(type, slower(capacity.types.get(type), meanMs));
      }
      catalogue.set(queue, capacity);
    }
  }
  return catalogue;
}

interface LiveWorker {
  queues: string[];
  types: WorkerType[];
  slots: number;
  queueSlots: number[] | null;
}

function slower(known: number | null | undefined, measured: number | null): number | null {
  if (known == null) return measured;
  return measured === null ? known : Math.max(known, measured);
}

const LIVE_WORKERS: Statement = {
  name: 'live_workers',
  text: `
  select queues, types, slots, queue_slots as "queueSlots" from cloudtask.workers
   where state = 'live' and heartbeat_at > cloudtask.clock() - $1 * interval '1 ms'`,
};
