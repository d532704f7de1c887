import type { Queryable } from '../database/database.ts';
import { lanesOf, readLiveWorkers } from './live-workers.ts';

/** What the live workers of one queue can do. */
export interface QueueCapacity {
  slots: number;
  /** Mean run time in ms of each type they run; null before the first run. */
  types: ReadonlyMap<string, number | null>;
}
export type Catalogue = ReadonlyMap<string, QueueCapacity>;

export async function readCatalogue(db: Queryable): Promise<Catalogue> {
  const catalogue = new Map<string, { slots: number; types: Map<string, number | null> }>();
  for (const worker of await readLiveWorkers(db)) {
    for (const { queues, slots } of lanesOf(worker)) {
      for (const queue of queues) {
        const capacity = catalogue.get(queue) ?? { slots: 0, types: new Map<string, number | null>() };
        capacity.slots += slots;
        for (const { type, meanMs } of worker.types) {
          capacity.types.set(type, slower(capacity.types.get(type), meanMs));
        }
        catalogue.set(queue, capacity);
      }
    }
  }
  return catalogue;
}

function slower(known: number | null | undefined, measured: number | null): number | null {
  if (known == null) return measured;
  return measured === null ? known : Math.max(known, measured);
}
