import type { Queryable, Statement } from '../database/database.ts';
import type { WorkerType } from '../database/tables.ts';

export interface WorkerRegistration {
  name: string;
  host: string;
  pid: number;
  version: string;
  queues: readonly string[];
  types: readonly WorkerType[];
  /** Shared by the queues that have none of their own. */
  slots: number;
  /** One number per queue: slots that it has for itself; 0: it shares `slots`. Default: all share. */
  queueSlots?: readonly number[];
  /** The worker that this process was before it lost its lease: what was asked of that one is asked of this one. */
  replaces?: number;
}

/** First key of a worker's advisory lock; the second is its id. Held on a session of its own for as long as it lives. */
export const WORKER_LOCK = 0x43_54_57; // "CTW"

/** A worker's lease: without a heartbeat for this long it is taken for dead, whatever else it does. */
export const LEASE_MS = 15_000;
export const HEARTBEAT_MS = 5_000;

/** Makes a worker known. Its id is the owner of everything it claims. */
export async function registerWorker(db: Queryable, worker: WorkerRegistration): Promise<number> {
  const [row] = await db.query<{ id: number }>(REGISTER, [
    worker.name,
    worker.host,
    worker.pid,
    worker.version,
    worker.queues,
    JSON.stringify(worker.types),
    worker.slots,
    worker.queueSlots?.some((slots) => slots > 0) ? worker.queueSlots : null,
    worker.replaces ?? null,
  ]);
  if (!row) throw new Error('the database registered no worker and reported no error');
  return row.id;
}

export interface Heartbeat {
  workerId: number;
  busy: number;
  types: readonly WorkerType[];
  lastDeliveryAt: Date | null;
  /** Since when it gets no deliveries though messages are waiting; null or left out: it does. */
  deafSince?: Date | null;
  /** Claims whose every job is settled: they may be forgotten. */
  doneTokens: readonly string[];
}

/** `alive: false`: this worker was declared dead; its jobs run elsewhere by now and it must stop them. */
export interface HeartbeatAnswer {
  alive: boolean;
  /** Running jobs of this worker that somebody wants cancelled. */
  cancelled: { jobId: string; claimToken: string; reason: string | null }[];
  /** Somebody wants this worker to end what it runs, and then itself. Said each time. */
  drain: { reason: string | null } | null;
}

/** Renews the lease of all of a worker's jobs in one statement. */
export async function heartbeat(db: Queryable, beat: Heartbeat): Promise<HeartbeatAnswer> {
  const rows = await db.query<BeatRow>(HEARTBEAT, [
    beat.workerId,
    beat.busy,
    JSON.stringify(beat.types),
    beat.lastDeliveryAt,
    beat.doneTokens,
    beat.deafSince ?? null,
  ]);
  const [first] = rows;
  return {
    alive: first !== undefined,
    drain: first?.drains ? { reason: first.drainReason } : null,
    cancelled: rows.flatMap(({ jobId, claimToken, reason }) => (jobId ? [{ jobId, claimToken, reason }] : [])),
  };
}

interface BeatRow {
  jobId: string | null;
  claimToken: string;
  reason: string | null;
  drains: boolean;
  drainReason: string | null;
}

/** `stopping`: takes no more jobs. `stopped`: has settled or given back everything; its claims are forgotten. */
export async function setWorkerState(db: Queryable, workerId: number, state: 'stopping' | 'stopped'): Promise<void> {
  await db.query(state === 'stopping' ? STOPPING : STOPPED, [workerId]);
}

const REGISTER: Statement = {
  name: 'register_worker',
  text: `
  insert into cloudtask.workers (name, host, pid, version, queues, types, slots, queue_slots, started_at, heartbeat_at,
                                 drain_requested_at, drain_reason, drain_requested_by)
  select $1::text, $2::text, $3::integer, $4::text, $5::text[], $6::json, $7::integer, $8::integer[],
         cloudtask.clock(), cloudtask.clock(), old.drain_requested_at, old.drain_reason, old.drain_requested_by
    from (select 1) as one left join cloudtask.workers old on old.id = $9::integer
  returning id`,
};

const HEARTBEAT: Statement = {
  name: 'heartbeat',
  text: `
  with beat as (
    update cloudtask.workers
       set heartbeat_at = cloudtask.clock(), busy = $2, types = $3::json,
           last_delivery_at = coalesce($4::timestamptz, last_delivery_at), deaf_since = $6::timestamptz
     where id = $1 and state in ('live', 'stopping')
    returning id, drain_requested_at is not null as drains, drain_reason
  ),
  forgotten as (
    delete from cloudtask.claims where worker_id = $1 and token = any($5::uuid[])
  ),
  obeyed as (
    delete from cloudtask.cancel_requests c
     using cloudtask.job_states s
     where c.worker_id = $1 and s.id = c.job_id and (s.status <> 'RUNNING' or s.fence <> c.fence)
  )
  select s.id as "jobId", s.claim_token as "claimToken", s.cancel_reason as reason,
         beat.drains, beat.drain_reason as "drainReason"
    from beat
    left join (cloudtask.cancel_requests c
               join cloudtask.job_states s
                 on s.id = c.job_id and s.fence = c.fence and s.status = 'RUNNING'
                and s.cancel_requested_at is not null)
      on c.worker_id = beat.id`,
};

const STOPPING: Statement = {
  name: 'worker_stopping',
  text: `update cloudtask.workers set state = 'stopping' where id = $1 and state = 'live'`,
};

// [I3] A claim under which something still runs stays, and the worker is rescued as if it had died.
const STOPPED: Statement = {
  name: 'worker_stopped',
  text: `
  with ended as (
    update cloudtask.workers set state = 'stopped', ended_at = cloudtask.clock()
     where id = $1 and state in ('live', 'stopping')
    returning id
  ),
  obeyed as (delete from cloudtask.cancel_requests c using ended e where c.worker_id = e.id)
  delete from cloudtask.claims c
   using ended e
   where c.worker_id = e.id
     and not exists (select from cloudtask.job_states s where s.id = any(c.job_ids) and s.claim_token = c.token)`,
};
