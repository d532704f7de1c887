import { lanesOf, totalSlots } from '@cloudtask/core/protocol/live-workers';
import type { WorkerDetails, WorkerInfo } from '@cloudtask/sdk/contract';
import type { WorkerJobRow } from '../store/jobs-of-worker.ts';
import type { WorkerRow } from '../store/workers.ts';

export function toWorkerInfo(worker: WorkerRow): WorkerInfo {
  const { id, name, host, version, queues, types, busy, startedAt, heartbeatAt, lastDeliveryAt, deafSince } = worker;
  return {
    id,
    name,
    host,
    version,
    state: stateOf(worker),
    queues,
    types: types.map(({ type }) => type),
    slots: totalSlots(worker),
    busy,
    startedAt: startedAt.toISOString(),
    heartbeatAt: heartbeatAt.toISOString(),
    lastDeliveryAt: lastDeliveryAt?.toISOString() ?? null,
    deafSince: deafSince?.toISOString() ?? null,
    drain: drainOf(worker),
  };
}

export function toWorkerDetails(worker: WorkerRow, jobs: readonly WorkerJobRow[]): WorkerDetails {
  return {
    ...toWorkerInfo(worker),
    pid: worker.pid,
    endedAt: worker.endedAt?.toISOString() ?? null,
    lanes: lanesOf(worker).map(({ queues, slots }) => ({ queues: [...queues], slots })),
    running: jobs.map(({ startedAt, ...job }) => ({ ...job, startedAt: startedAt.toISOString() })),
  };
}

// From the request on, not from when the worker heard of it: nobody counts on it any more.
function stateOf({ state, drainRequestedAt }: WorkerRow): WorkerInfo['state'] {
  const hasEnded = state === 'stopped' || state === 'dead';
  return drainRequestedAt === null || hasEnded ? state : 'draining';
}

function drainOf({ drainRequestedAt, drainReason, drainRequestedBy }: WorkerRow): WorkerInfo['drain'] {
  if (drainRequestedAt === null) return null;
  return { requestedAt: drainRequestedAt.toISOString(), reason: drainReason, requestedBy: drainRequestedBy ?? '' };
}
