import type { Queryable, Statement } from '../database/database.ts';
import type { WorkerType } from '../database/tables.ts';
import { LEASE_MS } from './workers.ts';

/** What a worker has to give, as it registered. */
export interface WorkerSlots {
  queues: readonly string[];
  /** Beside `queues`: slots of that queue alone; 0 for a queue that shares `slots`. Null: all share. */
  queueSlots: readonly number[] | null;
  slots: number;
}

export interface LiveWorker extends WorkerSlots {
  id: number;
  name: string;
  types: readonly WorkerType[];
  /** Jobs that it ran at its last heartbeat. */
  busy: number;
  /** Since when it hears nothing from the broker; null while it does. */
  deafSince: Date | null;
}

/** Workers that take jobs and have said so within their lease, oldest first. One that is to drain is none of them. */
export async function readLiveWorkers(db: Queryable): Promise<LiveWorker[]> {
  return await db.query<LiveWorker>(LIVE_WORKERS, [LEASE_MS]);
}

/** Slots of a worker, and the queues whose jobs they are for. No job ever takes a slot of another lane. */
export interface SlotLane {
  queues: readonly string[];
  slots: number;
}

/** The slots that queues share, if any do, and those that a queue has for itself. */
export function lanesOf({ queues, queueSlots, slots }: WorkerSlots): SlotLane[] {
  const sharing = queues.filter((_, index) => !queueSlots?.[index]);
  const own = queues.flatMap((queue, index) => {
    const ownSlots = queueSlots?.[index] ?? 0;
    return ownSlots > 0 ? [{ queues: [queue], slots: ownSlots }] : [];
  });
  return sharing.length > 0 ? [{ queues: sharing, slots }, ...own] : own;
}

/** The lane that runs the jobs of a queue; undefined for a queue that the worker takes nothing from. */
export function laneFor(worker: WorkerSlots, queue: string): SlotLane | undefined {
  return lanesOf(worker).find(({ queues }) => queues.includes(queue));
}

/** How many jobs a worker runs at a time, of all its queues together. */
export function totalSlots(worker: WorkerSlots): number {
  return lanesOf(worker).reduce((sum, { slots }) => sum + slots, 0);
}

const LIVE_WORKERS: Statement = {
  name: 'live_workers',
  text: `
  select id, name, queues, queue_slots as "queueSlots", types, slots, busy, deaf_since as "deafSince"
    from cloudtask.workers
   where state = 'live' and drain_requested_at is null and heartbeat_at > cloudtask.clock() - $1 * interval '1 ms'
   order by id`,
};
