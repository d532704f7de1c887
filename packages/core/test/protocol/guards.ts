import type { Guard } from './without-guard.ts';

/** Guards whose removal a random history notices, and the rule that it then breaks: an invariant or a promise. */
export const GUARDS: Record<string, Guard & { breaks: string[] }> = {
  'the state row of a submitted job': {
    statement: 'submit_jobs',
    cut: [['from input on conflict (id) do nothing\n    returning id, next_at', 'from input where not hinted on conflict (id) do nothing\n    returning id, next_at']],
    breaks: ['I1'],
  },
  'the timers of a submitted job': {
    statement: 'submit_jobs',
    cut: [['where next_at is not null', 'where false']],
    breaks: ['I4'],
  },
  'the check that a key is still free': {
    statement: 'submit_jobs_once',
    cut: [['where k.expires_at <= cloudtask.clock()', '']],
    breaks: ['idempotency', 'I12'],
  },
  'the status in claim': {
    statement: 'claim_jobs',
    cut: [
      [`id = any($1::uuid[]) and status = 'PENDING'`, 'id = any($1::uuid[])'],
      [`s.id = w.id and s.status = 'PENDING'`, 's.id = w.id'],
    ],
    breaks: ['exclusive', 'moves'],
  },
  'the claims row': {
    statement: 'claim_jobs',
    cut: [['having count(*) > 0', 'having false']],
    breaks: ['I3'],
  },
  'the new fence of a claim': {
    statement: 'claim_jobs',
    cut: [['fence = s.fence + 1', 'fence = s.fence']],
    breaks: ['I2', 'moves'],
  },
  'the claim token in settle': {
    statement: 'settle_attempts',
    cut: [['and s.claim_token = r.token', '']],
    breaks: ['token'],
  },
  'fence and token in settle (the status alone decides)': {
    statement: 'settle_attempts',
    cut: [
      ['and s.fence = r.fence and s.claim_token = r.token', ''],
      ['and s.fence = d.fence', ''],
    ],
    breaks: ['fence', 'token', 'I9'],
  },
  'the whole guard of settle': {
    statement: 'settle_attempts',
    cut: [
      [`s.status = 'RUNNING' and s.fence = r.fence and s.claim_token = r.token`, 'true'],
      [`and s.status = 'RUNNING' and s.fence = d.fence`, ''],
    ],
    breaks: ['fence', 'token', 'moves'],
  },
  'the request to cancel in settle': {
    statement: 'settle_attempts',
    cut: [[`when o.cancel_requested_at is not null then 'CANCELLED'`, '']],
    breaks: ['I7'],
  },
  'the attempt limit in settle': {
    statement: 'settle_attempts',
    cut: [['o.retryable and not o.last', 'o.retryable']],
    breaks: ['I6'],
  },
  'the limit of losses': {
    statement: 'settle_attempts',
    cut: [['(o.last or o.losses + 1 >= $2::integer)', 'o.last']],
    breaks: ['I6'],
  },
  'the only attempt of a job that was begun': {
    statement: 'settle_attempts',
    cut: [[`when o.kind = 'interrupted' and o.begun`, 'when false']],
    breaks: ['at-most-once'],
  },
  'the timer of a retry': {
    statement: 'settle_attempts',
    cut: [['from settled where next_at is not null', 'from settled where false']],
    breaks: ['I4'],
  },
  'the hint that is owed for a job given back': {
    statement: 'settle_attempts',
    cut: [[`hinted = d.next_status <> 'PENDING'`, 'hinted = true']],
    breaks: ['I5'],
  },
  'the record of an attempt': {
    statement: 'settle_attempts',
    cut: [[`from decided where kind <> 'completed'`, 'from decided where false']],
    breaks: ['I9'],
  },
  'the error of a success that is forgotten': {
    statement: 'settle_attempts',
    cut: [[`when d.next_status = 'COMPLETED' then null`, 'when false then null']],
    breaks: ['I8'],
  },
  'the status in cancel': {
    statement: 'cancel_job',
    cut: [[`s.id = f.id and f.status in ('SCHEDULED', 'PENDING', 'RETRYING')`, 's.id = f.id']],
    breaks: ['error', 'moves'],
  },
  'the owner in cancel': {
    statement: 'cancel_job',
    cut: [['and j.user_id = $2', 'and $2::uuid is not null']],
    breaks: ['owner'],
  },
  "the status in a person's retry": {
    statement: 'redrive_job',
    cut: [[`and f.status in ('FAILED', 'CANCELLED', 'EXPIRED')`, '']],
    breaks: ['error', 'moves'],
  },
  "the owner in a person's retry": {
    statement: 'redrive_job',
    cut: [['and j.user_id = $2', 'and $2::uuid is not null']],
    breaks: ['owner'],
  },
  "the new fence of a person's retry": {
    statement: 'redrive_job',
    cut: [['fence = s.fence + 1', 'fence = s.fence']],
    breaks: ['moves'],
  },
  "the attempts that a person's retry gives": {
    statement: 'redrive_job',
    cut: [['attempt_limit = s.failures + s.losses + f.max_attempts', 'attempt_limit = s.attempt_limit']],
    breaks: ['I6'],
  },
  'the request to cancel that a retry forgets': {
    statement: 'redrive_job',
    cut: [['cancel_requested_at = null, cancel_reason = null', 'cancel_reason = null']],
    breaks: ['I7'],
  },
  'the status of a due job': {
    statement: 'fire_timers',
    cut: [[`t.kind = 'due' and o.status in ('SCHEDULED', 'RETRYING')`, `t.kind = 'due'`]],
    breaks: ['error', 'moves'],
  },
  'the fence of an expiring job': {
    statement: 'fire_timers',
    cut: [
      [`bool_or(t.kind = 'expire' and o.fence = 0)`, `bool_or(t.kind = 'expire')`],
      [`t.kind = 'expire' and o.fence = 0`, `t.kind = 'expire'`],
    ],
    breaks: ['I10'],
  },
  'the hint that is owed for a due job': {
    statement: 'fire_timers',
    cut: [['hinted = d.expired', 'hinted = true']],
    breaks: ['I5'],
  },
  'the second look at what was dispatched': {
    statement: 'mark_dispatched',
    cut: [['having count(*) > 0', 'having false']],
    breaks: ['I5'],
  },
  'giving back before forgetting a dispatch': {
    statement: 'release_jobs',
    cut: [['order by id for update', 'and false order by id for update']],
    breaks: ['I5'],
  },
  'the status of a hint given back': {
    statement: 'release_jobs',
    cut: [[`and status = 'PENDING' and hinted`, ''], [`and s.status = 'PENDING'`, '']],
    breaks: ['error', 'I5'],
  },
  'the sweep over fresh submits': {
    statement: 'unhint_slice',
    cut: [['and hinted order by', 'and false order by']],
    breaks: ['I5'],
  },
  'the watermark that follows the sweep': {
    statement: 'advance_duty',
    cut: [['watermark = $2', `watermark = $2::timestamptz + interval '1 hour'`]],
    breaks: ['I5'],
  },
  'the token when a dead worker is rescued': {
    statement: 'still_running',
    cut: [['and s.claim_token = c.token', '']],
    breaks: ['rescue'],
  },
  'the end of a dead worker': {
    statement: 'heartbeat',
    cut: [[`and state in ('live', 'stopping')`, '']],
    breaks: ['lease'],
  },
  'the claims of a worker that stopped with something running': {
    statement: 'suspect_workers',
    cut: [[`or exists (select from cloudtask.claims c where c.worker_id = w.id)`, '']],
    breaks: ['liveness'],
  },
};
