import type { Database } from '@cloudtask/core/database/database';
import type { WorkerType } from '@cloudtask/core/database/tables';
import type { WorkerSlots } from '@cloudtask/core/protocol/live-workers';

export interface WorkerRow extends WorkerSlots {
  id: number;
  name: string;
  host: string;
  version: string;
  state: 'live' | 'stopping' | 'stopped' | 'dead';
  queues: string[];
  types: WorkerType[];
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
      'queue_slots as queueSlots',
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
