import type { Database, Queryable, Statement } from '@cloudtask/core/database/database';
import type { WorkerType } from '@cloudtask/core/database/tables';
import { LEASE_MS } from '@cloudtask/core/protocol/workers';

export interface WorkerRow {
  id: number;
  name: string;
  host: string;
  version: string;
  state: 'live' | 'stopping' | 'stopped' | 'dead';
  queues: string[];
  types: WorkerType[];
  slots: number;
  busy: number;
  startedAt: Date;
  heartbeatAt: Date;
  lastDeliveryAt: Date | null;
  deafSince: Date | null;
}

/** Those that run now, or the last ones of all, newest first. */
export async function listWorkers({ kysely }: Database, { all, limit }: { all: boolean; limit: number }) {
  const workers = kysely
    .selectFrom('cloudtask.workers')
    .select(['id', 'name', 'host', 'version', 'state', 'queues', 'types', 'slots', 'busy'])
    .select([
      'started_at as startedAt',
      'heartbeat_at as heartbeatAt',
      'last_delivery_at as lastDeliveryAt',
      'deaf_since as deafSince',
    ])
    .orderBy('id', 'desc')
    .limit(limit);
  const rows: WorkerRow[] = await (all ? workers : workers.where('state', 'in', ['live', 'stopping'])).execute();
  return rows;
}

export interface LiveWorker {
  queues: string[];
  /** Beside `queues`: slots of that queue alone; 0 for a queue that shares `slots`. Null: all share. */
  queueSlots: number[] | null;
  types: WorkerType[];
  slots: number;
  busy: number;
}

/** Workers that take jobs and have said so within their lease. */
export async function readLiveWorkers(db: Queryable): Promise<LiveWorker[]> {
  return await db.query<LiveWorker>(LIVE, [LEASE_MS]);
}

const LIVE: Statement = {
  name: 'live_worker_loads',
  text: `
  select queues, queue_slots as "queueSlots", types, slots, busy from cloudtask.workers
   where state = 'live' and heartbeat_at > cloudtask.clock() - $1 * interval '1 ms'`,
};
