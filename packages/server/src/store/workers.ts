import type { Database } from '@cloudtask/core/database/database';
import type { WorkerType } from '@cloudtask/core/database/tables';
import type { WorkerSlots } from '@cloudtask/core/protocol/live-workers';

export interface WorkerRow extends WorkerSlots {
  id: number;
  name: string;
  host: string;
  pid: number;
  version: string;
  state: 'live' | 'stopping' | 'stopped' | 'dead';
  queues: string[];
  types: WorkerType[];
  busy: number;
  startedAt: Date;
  heartbeatAt: Date;
  lastDeliveryAt: Date | null;
  deafSince: Date | null;
  drainRequestedAt: Date | null;
  drainReason: string | null;
  drainRequestedBy: string | null;
  endedAt: Date | null;
}

/** Those that run now, or the last ones of all, newest first. */
export async function listWorkers(
  database: Database,
  { all, limit }: { all: boolean; limit: number },
): Promise<WorkerRow[]> {
  const workers = selectWorkers(database).orderBy('id', 'desc').limit(limit);
  return await (all ? workers : workers.where('state', 'in', ['live', 'stopping'])).execute();
}

export async function findWorker(database: Database, id: number): Promise<WorkerRow | undefined> {
  return await selectWorkers(database).where('id', '=', id).executeTakeFirst();
}

function selectWorkers({ kysely }: Database) {
  return kysely
    .selectFrom('cloudtask.workers')
    .select(['id', 'name', 'host', 'pid', 'version', 'state', 'queues', 'types', 'slots', 'busy'])
    .select([
      'queue_slots as queueSlots',
      'started_at as startedAt',
      'heartbeat_at as heartbeatAt',
      'last_delivery_at as lastDeliveryAt',
      'deaf_since as deafSince',
      'drain_requested_at as drainRequestedAt',
      'drain_reason as drainReason',
      'drain_requested_by as drainRequestedBy',
      'ended_at as endedAt',
    ]);
}
