import type { Queryable, Statement } from '../database/database.ts';
import { type Settled, type Settlement, settleAttempts } from './settle.ts';
import { LEASE_MS, WORKER_LOCK } from './workers.ts';

export interface SuspectWorker {
  id: number;
  name: string;
  /** `lock`: its session is gone, it died just now. `lease`: it has not been heard of for a lease. */
  because: 'lock' | 'lease';
}

/**
 * Workers that seem dead. Reads `pg_locks` instead of trying the lock: a try that succeeds would hold it.
 * Nobody is suspected by silence until PostgreSQL itself has been up for a lease (after its restart the living must
 * come first), nor by the lock within a worker's first 3 s, when it may not hold it yet.
 */
export async function suspectWorkers(db: Queryable): Promise<SuspectWorker[]> {
  return await db.query<SuspectWorker>(SUSPECTS, [WORKER_LOCK, LEASE_MS]);
}

/** Where no other process can be alive (the embedded directory lock proves it): everybody but `exceptId` is gone. */
export async function orphanedWorkers(db: Queryable, exceptId: number | null): Promise<SuspectWorker[]> {
  return await db.query<SuspectWorker>(ORPHANS, [exceptId]);
}

/** The workers that a process of this machine was, when it is known to be gone. */
export async function workersOfProcess(
  db: Queryable,
  { host, pid }: { host: string; pid: number },
): Promise<SuspectWorker[]> {
  return await db.query<SuspectWorker>(OF_PROCESS, [host, pid]);
}

/**
 * Declares a worker dead and ends its running attempts as `lost`. Safe to repeat and to crash in: a claim is forgotten
 * only after its jobs are settled. A verdict that was wrong costs a second run, never a wrong result: the fence.
 */
export async function rescueJobsOf(db: Queryable, workerId: number): Promise<Settled[]> {
  await db.query(DECLARE_DEAD, [workerId]);
  const rescued: Settled[] = [];
  for (;;) {
    const running = await db.query<RunningAttempt>(STILL_RUNNING, [workerId]);
    if (running.length === 0) break;
    rescued.push(
      ...(await settleAttempts(
        db,
        running.map((attempt) => asLost(attempt, workerId)),
      )),
    );
  }
  await db.query(FORGET_CLAIMS, [workerId]);
  return rescued;
}

/**
 * Ends attempts whose time ran out long ago although their worker lives: it has lost sight of them. The worker ends a
 * job at its timeout by itself, so this finds only what a fault of ours left behind.
 */
export async function rescueForgotten(db: Queryable): Promise<Settled[]> {
  const forgotten = await db.query<RunningAttempt & { workerId: number }>(FORGOTTEN, [FORGOTTEN_AFTER_MS]);
  return await settleAttempts(
    db,
    forgotten.map(({ workerId, ...attempt }) => asLost(attempt, workerId)),
  );
}

/** Beyond the timeout: its grace, and time for a report that nobody could take. */
const FORGOTTEN_AFTER_MS = 120_000;

/**
 * Ends one attempt as if its worker had died, on the word of that worker itself: nothing was reported of it, and nothing
 * will be. Empty when it belongs to somebody else by now.
 */
export async function loseAttempt(db: Queryable, lost: RunningAttempt & { workerId: number }): Promise<Settled[]> {
  const { workerId, ...attempt } = lost;
  return await settleAttempts(db, [asLost(attempt, workerId)]);
}

interface RunningAttempt {
  jobId: string;
  fence: number;
  claimToken: string;
  attempt: number;
  userId: string;
}

function asLost(attempt: RunningAttempt, workerId: number): Settlement {
  return { ...attempt, outcome: { kind: 'lost', workerId } };
}

const SUSPECTS: Statement = {
  name: 'suspect_workers',
  text: `
  select w.id, w.name, case when silent.yes then 'lease' else 'lock' end as because
    from cloudtask.workers w,
         lateral (select w.heartbeat_at < cloudtask.clock() - $2 * interval '1 ms'
                         and pg_postmaster_start_time() < pg_catalog.now() - $2 * interval '1 ms' as yes) silent
   where (w.state in ('live', 'stopping')
          or exists (select from cloudtask.claims c where c.worker_id = w.id))
     and (silent.yes or w.state in ('dead', 'stopped') or (
            w.started_at < cloudtask.clock() - interval '3 s'
            and pg_postmaster_start_time() < pg_catalog.now() - $2 * interval '1 ms'
            and not exists (
              select from pg_locks l
               where l.locktype = 'advisory' and l.granted
                 and l.database = (select oid from pg_database where datname = current_database())
                 and l.classid = $1::oid and l.objid = w.id::oid and l.objsubid = 2)))`,
};

const ORPHANS: Statement = {
  name: 'orphaned_workers',
  text: `
  select id, name, 'lock' as because from cloudtask.workers w
   where id is distinct from $1::integer
     and (state in ('live', 'stopping') or exists (select from cloudtask.claims c where c.worker_id = w.id))`,
};

const OF_PROCESS: Statement = {
  name: 'workers_of_process',
  text: `
  select id, name, 'lock' as because from cloudtask.workers w
   where host = $1 and pid = $2
     and (state in ('live', 'stopping') or exists (select from cloudtask.claims c where c.worker_id = w.id))`,
};

const DECLARE_DEAD: Statement = {
  name: 'declare_dead',
  text: `
  update cloudtask.workers set state = 'dead', ended_at = cloudtask.clock()
   where id = $1 and state in ('live', 'stopping')`,
};

// [I3] Asked anew before each batch, by token: a job that another worker runs by now is none of the dead one's.
const STILL_RUNNING: Statement = {
  name: 'still_running',
  text: `
  select s.id as "jobId", s.fence, s.claim_token as "claimToken", s.failures + s.losses + 1 as attempt,
         j.user_id as "userId"
    from cloudtask.claims c
    join cloudtask.job_states s on s.id = any(c.job_ids) and s.claim_token = c.token and s.status = 'RUNNING'
    join cloudtask.jobs j on j.id = s.id
   where c.worker_id = $1 limit 500`,
};

const FORGOTTEN: Statement = {
  name: 'forgotten_attempts',
  text: `
  select s.id as "jobId", s.fence, s.claim_token as "claimToken", s.failures + s.losses + 1 as attempt,
         j.user_id as "userId", c.worker_id as "workerId"
    from cloudtask.claims c
    join cloudtask.job_states s on s.id = any(c.job_ids) and s.claim_token = c.token and s.status = 'RUNNING'
    join cloudtask.jobs j on j.id = s.id
   where c.deadline_at < cloudtask.clock() - $1 * interval '1 ms' limit 500`,
};

// [I3] Looks again whether anything runs: a worker that is alive after all, or a claim that was on its way when its
// worker died, may have claimed since. `job_ids` is compared because a repeated claim only adds to the row: this
// delete then waits for it, and must not judge the new row by what its own, older snapshot says of the jobs.
const FORGET_CLAIMS: Statement = {
  name: 'forget_claims',
  text: `
  with obeyed as (delete from cloudtask.cancel_requests where worker_id = $1)
  delete from cloudtask.claims c
   using (select token, job_ids from cloudtask.claims where worker_id = $1) seen
   where c.token = seen.token and c.job_ids = seen.job_ids
     and not exists (select from cloudtask.job_states s where s.id = any(seen.job_ids) and s.claim_token = seen.token)`,
};
