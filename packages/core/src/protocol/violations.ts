import type { Queryable, Statement } from '../database/database.ts';
import { HINT_SWEEP_DUTY } from './duties.ts';
import { POISON_LOSSES } from './settle.ts';

export const INVARIANTS = [
  'I1',
  'I2',
  'I3',
  'I4',
  'I5',
  'I6',
  'I7',
  'I8',
  'I9',
  'I10',
  'I11',
  'I12',
  'I13',
  'I14',
] as const;
export type Invariant = (typeof INVARIANTS)[number];

export interface Violation {
  invariant: Invariant;
  jobId: string;
  what: string;
}

/**
 * What must never be true of the tables, at any moment and after any crash (docs/protocol.md explains each). One
 * statement, so one snapshot: it may be asked while everything runs. Reads whole tables; for tests and for diagnosis.
 */
export async function findViolations(db: Queryable, { limit }: { limit?: number } = {}): Promise<Violation[]> {
  return await db.query<Violation>(VIOLATIONS, [HINT_SWEEP_DUTY, POISON_LOSSES, limit ?? null]);
}

/** What each of them promises, for people. */
export const PROMISES: Readonly<Record<Invariant, string>> = {
  I1: 'no half of a job is lost: each has both of its rows',
  I2: 'a job that runs has one owner, and no other job has any',
  I3: 'a job that runs is known to its worker, so that it is found when the worker dies',
  I4: 'a job that waits for a time will be woken at that time',
  I5: 'a job that is due will be offered to the workers',
  I6: 'no job is tried more often than it may be',
  I7: 'a job that was cancelled does not start again',
  I8: 'a job ended in one way only: result, error and reason fit its status',
  I9: 'every attempt is on record once, and none twice',
  I10: 'a job that expired was never started',
  I11: 'timers, attempts and logs belong to jobs that exist',
  I12: 'an idempotency key leads to a job of its own account',
  I13: 'a unique key is held by the one job that it belongs to',
  I14: 'every failed job is listed by its cause, and no other',
};

// Several of these are CHECK constraints too: a view of the tables must not trust the tables.
const CHECKS: Readonly<Record<Invariant, string>> = {
  I1: `
  select coalesce(j.id, s.id) as id, 'has only one of its two rows' as what
    from cloudtask.jobs j full join cloudtask.job_states s on s.id = j.id
   where j.id is null or s.id is null`,

  I2: `
  select id, 'RUNNING and owned are not the same' from cloudtask.job_states
   where (status = 'RUNNING') <> (claim_token is not null)
      or (status = 'RUNNING' and (fence < 1 or worker_id is null or started_at is null))`,

  I3: `
  select id, 'RUNNING under a token that no claim of its worker names' from cloudtask.job_states s
   where status = 'RUNNING' and not exists (
     select from cloudtask.claims c join cloudtask.workers w on w.id = c.worker_id
      where c.token = s.claim_token and c.worker_id = s.worker_id and s.id = any(c.job_ids))`,

  I4: `
  select id, 'waits for a time that no timer will announce' from cloudtask.job_states s
   where (status in ('SCHEDULED', 'RETRYING')) <> (next_at is not null)
      or (status in ('SCHEDULED', 'RETRYING') and not exists (
            select from cloudtask.timers t where t.job_id = s.id and t.kind = 'due' and t.due_at <= s.next_at))`,

  // A UUIDv7 begins with its time: below the first id of the watermark's millisecond the sweep has been.
  I5: `
  select id, 'PENDING, and nobody will offer it again' from cloudtask.job_states s
   where status = 'PENDING' and hinted
     and id < (select (substr(h, 1, 8) || '-' || substr(h, 9) || '-7000-8000-000000000000')::uuid
                 from cloudtask.duties,
                      lateral (select lpad(to_hex(floor(extract(epoch from watermark) * 1000)::bigint), 12, '0')) x (h)
                where name = $1 and watermark is not null)
     and not exists (select from cloudtask.timers t where t.job_id = s.id and t.kind = 'hint')
     and id not in (select unnest(job_ids) from cloudtask.dispatches)
   union all
  select id, 'is owed a hint although it is not PENDING' from cloudtask.job_states
   where status <> 'PENDING' and not hinted`,

  I6: `
  select id, 'has used more attempts than it has' from cloudtask.job_states
   where failures + losses > attempt_limit
      or (failures + losses = attempt_limit and status in ('SCHEDULED', 'PENDING', 'RUNNING', 'RETRYING'))
      or (losses >= $2::integer and status <> 'FAILED')`,

  I7: `
  select id, 'goes on although its cancellation was requested' from cloudtask.job_states
   where cancel_requested_at is not null and status not in ('RUNNING', 'COMPLETED', 'CANCELLED')
   union all
  select s.id, 'is to be cancelled, and its worker will not be told'
    from cloudtask.job_states s join cloudtask.workers w on w.id = s.worker_id and w.state in ('live', 'stopping')
   where s.status = 'RUNNING' and s.cancel_requested_at is not null
     and not exists (select from cloudtask.cancel_requests r where r.job_id = s.id and r.worker_id = s.worker_id)`,

  I8: `
  select id, 'has a reason, error or result that does not fit its status' from cloudtask.job_states
   where (status = 'FAILED') <> (reason is not null)
      or (status = 'FAILED' and error is null)
      or (status = 'COMPLETED' and error is not null)
      or (status <> 'COMPLETED' and result is not null)`,

  I9: `
  select id, 'has counters, fence and attempts that do not agree'
    from cloudtask.job_states s join cloudtask.jobs j using (id),
         lateral (select count(*) filter (where outcome in ('failed', 'lost')
                                             or (outcome = 'interrupted' and j.max_attempts = 1)) as ended,
                         max(fence) as newest
                    from cloudtask.attempts a where a.job_id = s.id) h
   where failures + losses > h.ended
      or h.newest > fence
      or (h.newest = fence and status in ('RUNNING', 'COMPLETED'))
      or (h.newest is distinct from fence and status in ('RETRYING', 'FAILED'))`,

  I10: `
  select id, 'EXPIRED although it was started' from cloudtask.job_states where status = 'EXPIRED' and fence > 0`,

  I11: `
  select job_id, 'has timers, attempts or a journal but does not exist'
    from (select job_id from cloudtask.timers union select job_id from cloudtask.attempts
          union select job_id from cloudtask.cancel_requests union select job_id from cloudtask.progress
          union select job_id from cloudtask.checkpoints union select job_id from cloudtask.job_logs) x
   where not exists (select from cloudtask.jobs j where j.id = x.job_id)`,

  I12: `
  select job_id, 'is named by an idempotency key that is not its user''s' from cloudtask.idempotency_keys k
   where k.expires_at > cloudtask.clock()
     and not exists (select from cloudtask.jobs j where j.id = k.job_id and j.user_id = k.user_id)`,

  I13: `
  select u.job_id, 'holds a unique key that is not its own, or not any more'
    from cloudtask.unique_locks u
    left join cloudtask.jobs j on j.id = u.job_id and j.user_id = u.user_id and j.type = u.type and j.unique_key = u.key
    left join cloudtask.job_states s on s.id = j.id and s.unique_until is not null
         and s.status in ('SCHEDULED', 'PENDING', 'RUNNING', 'RETRYING')
         and (s.unique_until = 'finished' or s.status <> 'RUNNING')
   where s.id is null
   union all
  select s.id, 'is unique until it has finished, and does not hold its key'
    from cloudtask.job_states s
   where s.unique_until = 'finished' and s.status in ('SCHEDULED', 'PENDING', 'RUNNING', 'RETRYING')
     and not exists (select from cloudtask.unique_locks u where u.job_id = s.id)`,

  I14: `
  select coalesce(s.id, l.job_id), 'FAILED and not listed by its cause, or listed and not FAILED'
    from (select id from cloudtask.job_states where status = 'FAILED') s
    full join cloudtask.failures l on l.job_id = s.id
   where s.id is null or l.job_id is null`,
};

const VIOLATIONS: Statement = {
  name: 'find_violations',
  text: `select * from (${INVARIANTS.map(
    (name) => `select '${name}' as invariant, v.id as "jobId", v.what from (${CHECKS[name]}) v (id, what)`,
  ).join('\nunion all\n')}) found limit $3::bigint`,
};
