import { randomUUID } from 'node:crypto';
import type { Queryable } from '../../src/database/database.ts';
import { claimJobs } from '../../src/protocol/claim.ts';
import { fireTimers } from '../../src/protocol/fire-timers.ts';
import { rescueJobsOf } from '../../src/protocol/rescue.ts';
import { settleAttempts } from '../../src/protocol/settle.ts';
import { completed, interrupted, type JobFixture } from './job-fixture.ts';
import { Broken } from './simulation/world.ts';
import { type Guard, withoutGuard } from './without-guard.ts';

/**
 * Guards that a random history misses when they are gone, and the rules that it then finds broken: an invariant, a
 * promise to callers, or `error` when the database itself refuses what follows (a CHECK constraint).
 */
export const GUARDS: Record<string, Guard & { breaks: readonly string[] }> = {
  'the state row of a submitted job': {
    statement: ['submit_jobs', 'submit_jobs_now'],
    cut: [
      ['from input returning id, next_at', 'from input where not hinted returning id, next_at'],
      ['from input ) select cloudtask.clock()', 'from input where not hinted ) select cloudtask.clock()'],
    ],
    breaks: ['I1'],
  },
  'the timers of a submitted job': {
    statement: 'submit_jobs',
    cut: [['from stored_states where next_at is not null', 'from stored_states where false']],
    breaks: ['I4'],
  },
  'the look whether an idempotency key is free': {
    statement: 'submit_jobs_once',
    cut: [['where k.expires_at <= cloudtask.clock()', '']],
    breaks: ['idempotency'],
  },
  'the choice of jobs whose key is free': {
    statement: 'submit_jobs_once',
    cut: [['from input join keys on keys.job_id = input.id', 'from input']],
    breaks: ['unexpected'],
  },
  'the status in claim': {
    statement: 'claim_jobs',
    cut: [[`s.id = w.id and s.status = 'PENDING'`, 's.id = w.id']],
    breaks: ['exclusive', 'moves', 'cancel', 'claim-again', 'error'],
  },
  'the pauses in claim': {
    statement: 'claim_jobs',
    cut: [['and s.queue <> all (', `and 'none' <> all (`]],
    breaks: ['pause'],
  },
  'the unique key that a start gives back': {
    statement: 'claim_jobs',
    cut: [[`where c.unique_until = 'started'`, 'where false']],
    breaks: ['I13'],
  },
  'the unique key that an end gives back': {
    statement: ['settle_attempts', 'settle_completed'],
    cut: [
      [`d.status in ('COMPLETED', 'FAILED', 'CANCELLED') and u.job_id`, 'false and u.job_id'],
      [
        'where d.unique_until is not null and u.job_id = d.id ) select array',
        'where false and u.job_id = d.id ) select array',
      ],
    ],
    breaks: ['I13'],
  },
  'the unique key that a cancellation gives back': {
    statement: 'cancel_job',
    cut: [['where u.job_id = f.id and f.unique_until is not null', 'where false and u.job_id = f.id']],
    breaks: ['I13', 'error'],
  },
  "the unique key that a person's retry takes": {
    statement: 'redrive_job',
    cut: [['and (f.unique_until is null or exists (select from relocked))', '']],
    breaks: ['I13'],
  },
  'the list of failures': {
    statement: 'settle_attempts',
    cut: [[`j.id = d.id where d.status = 'FAILED'`, 'j.id = d.id where false']],
    breaks: ['I14'],
  },
  "the end of a failure's listing at a person's retry": {
    statement: 'redrive_job',
    cut: [['using redriven r where l.job_id = r.id', 'using redriven r where l.job_id = r.id and false']],
    breaks: ['I14'],
  },
  'the claims row': { statement: 'claim_jobs', cut: [['having count(*) > 0', 'having false']], breaks: ['I3'] },
  'the new fence of a claim': {
    statement: 'claim_jobs',
    cut: [['fence = s.fence + 1', 'fence = s.fence']],
    breaks: ['moves', 'I2'],
  },
  'the claim token in settle': {
    statement: ['settle_attempts', 'settle_completed'],
    cut: [['and s.claim_token = r.token', '']],
    breaks: ['token'],
  },
  'fence and token in settle': {
    statement: ['settle_attempts', 'settle_completed'],
    cut: [
      ['and s.fence = r.fence and s.claim_token = r.token', ''],
      ['and s.fence = d.fence', ''],
    ],
    breaks: ['fence', 'token', 'I9', 'rescue'],
  },
  'everything that guards settle': {
    statement: ['settle_attempts', 'settle_completed'],
    cut: [
      [`s.status = 'RUNNING' and s.fence = r.fence and s.claim_token = r.token`, 'true'],
      [`and s.status = 'RUNNING' and s.fence = d.fence`, ''],
    ],
    breaks: ['fence', 'token', 'moves', 'rescue', 'error'],
  },
  'the request to cancel in settle': {
    statement: 'settle_attempts',
    cut: [[`when o.cancel_requested_at is not null then 'CANCELLED'`, '']],
    breaks: ['I7'],
  },
  'the limit of attempts in settle': {
    statement: 'settle_attempts',
    cut: [['o.retryable and not o.last', 'o.retryable']],
    breaks: ['I6'],
  },
  'the only attempt of a job that was begun': {
    statement: 'settle_attempts',
    cut: [[`when o.kind = 'interrupted' and o.begun`, `when o.begun and false`]],
    breaks: ['at-most-once'],
  },
  'the timer of a retry': {
    statement: 'settle_attempts',
    cut: [['from settled where next_at is not null', 'from settled where false']],
    breaks: ['I4'],
  },
  'the hint owed for a job that was given back': {
    statement: 'settle_attempts',
    cut: [[`hinted = d.next_status <> 'PENDING'`, 'hinted = true']],
    breaks: ['I5'],
  },
  'the record of an attempt': {
    statement: 'settle_attempts',
    cut: [[`from decided where kind <> 'completed'`, 'from decided where false']],
    breaks: ['I9'],
  },
  'the end of the last error at success': {
    statement: ['settle_attempts', 'settle_completed'],
    cut: [
      [`when d.next_status = 'COMPLETED' then null`, ''],
      ['result = r.result, error = null', 'result = r.result'],
    ],
    breaks: ['I8'],
  },
  'the status in cancel': {
    statement: 'cancel_job',
    cut: [[`s.id = f.id and f.status in ('SCHEDULED', 'PENDING', 'RETRYING')`, 's.id = f.id']],
    breaks: ['error', 'moves', 'exclusive'],
  },
  'the note for the worker in cancel': {
    statement: 'cancel_job',
    cut: [[`from found where status = 'RUNNING'`, 'from found where false']],
    breaks: ['I7', 'stop'],
  },
  'the user in cancel': {
    statement: 'cancel_job',
    cut: [['j.user_id = $2', '$2::uuid is not null']],
    breaks: ['owner'],
  },
  "the status in a person's retry": {
    statement: 'redrive_job',
    cut: [[`and f.status in ('FAILED', 'CANCELLED', 'EXPIRED')`, '']],
    breaks: ['error', 'moves'],
  },
  "the user in a person's retry": {
    statement: 'redrive_job',
    cut: [['j.user_id = $2', '$2::uuid is not null']],
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
  "the end of a request to cancel at a person's retry": {
    statement: 'redrive_job',
    cut: [['cancel_requested_at = null, ', '']],
    breaks: ['I7'],
  },
  'the fence when a job expires': {
    statement: 'fire_timers',
    cut: [[`t.kind = 'expire' and o.fence = 0`, `t.kind = 'expire'`]],
    breaks: ['I10', 'moves'],
  },
  'the hint owed for a due job': {
    statement: 'fire_timers',
    cut: [['hinted = d.expired', 'hinted = true']],
    breaks: ['I5'],
  },
  'the second look at what was dispatched': {
    statement: 'mark_dispatched',
    cut: [['having count(*) > 0', 'having false']],
    breaks: ['I5'],
  },
  'the status when a dispatch is marked': {
    statement: 'mark_dispatched',
    cut: [
      ['set hinted = true', `set hinted = true, status = 'PENDING'`],
      [`where s.id = w.id and s.status = 'PENDING'`, 'where s.id = w.id'],
    ],
    breaks: ['error', 'moves'],
  },
  'the return of hints before a dispatch is forgotten': {
    statement: 'release_jobs',
    cut: [[`and status = 'PENDING' and hinted`, 'and false']],
    breaks: ['I5'],
  },
  'the status when hints are given back': {
    statement: 'release_jobs',
    cut: [
      [`and status = 'PENDING' and hinted`, ''],
      [`and s.status = 'PENDING'`, ''],
    ],
    breaks: ['error'],
  },
  'the sweep over fresh submits': {
    statement: 'unhint_slice',
    cut: [[`and status = 'PENDING' and hinted`, 'and false']],
    breaks: ['I5'],
  },
  'the order of sweep and watermark': {
    statement: 'advance_duty',
    cut: [['watermark = $2', `watermark = $2::timestamptz + interval '1 hour'`]],
    breaks: ['I5'],
  },
  'the token when jobs of a dead worker are looked for': {
    statement: 'still_running',
    cut: [['and s.claim_token = c.token', '']],
    breaks: ['rescue'],
  },
  'the last look of a worker that stops': {
    statement: 'worker_stopped',
    cut: [['and s.claim_token = c.token', 'and false']],
    breaks: ['I3'],
  },
  'the suspicion against everybody who is gone and has claims': {
    statement: 'suspect_workers',
    cut: [['or exists (select from cloudtask.claims c where c.worker_id = w.id)', '']],
    breaks: ['liveness'],
  },
  'the state of the worker in a heartbeat': {
    statement: 'heartbeat',
    cut: [[`and state in ('live', 'stopping')`, '']],
    breaks: ['lease'],
  },
};

const LOOK_AT_THE_CLAIMER: Guard = {
  statement: 'claim_jobs',
  cut: [[`and exists (select from cloudtask.workers where id = $3 and state in ('live', 'stopping'))`, '']],
};

/** Guards against what random histories seldom or never reach, each with the story that needs it. */
export const GUARDS_WITH_STORIES: Record<
  string,
  Guard & { breaks: string; story: (jobs: JobFixture) => Promise<void> }
> = {
  // A claim was sent twice with one token, and the job was given back between the two.
  'the fence in settle': {
    statement: ['settle_attempts', 'settle_completed'],
    cut: [
      ['and s.fence = r.fence', ''],
      ['and s.fence = d.fence', ''],
    ],
    breaks: 'fence',
    story: async (jobs) => {
      const request = { workerId: await jobs.worker(), token: randomUUID() };
      const id = await jobs.submit();
      const [first] = await jobs.claim([id], request);
      const attempt = {
        jobId: id,
        fence: first?.fence ?? 0,
        claimToken: request.token,
        attempt: 1,
        workerId: request.workerId,
      };
      await jobs.settle(attempt, interrupted(false));
      await jobs.claim([id], request);
      if (await jobs.settle(attempt, completed()))
        throw new Broken('fence', 'an attempt was settled by the report of another');
    },
  },
  'the limit of losses in settle': {
    statement: 'settle_attempts',
    cut: [['(o.last or o.losses + 1 >=', '(o.last or o.losses - 1000 >=']],
    breaks: 'I6',
    story: async (jobs) => {
      const id = await jobs.submit({ maxAttempts: 5 });
      for (let losses = 0; losses < 3; losses++) {
        const attempt = await jobs.start(id);
        await settleAttempts(jobs.db, [{ ...attempt, outcome: { kind: 'lost', workerId: attempt.workerId } }]);
      }
    },
  },
  // A timer that was left over from an earlier stay.
  'the status of a job whose time has come': {
    statement: 'fire_timers',
    cut: [[`t.kind = 'due' and o.status in ('SCHEDULED', 'RETRYING')`, `t.kind = 'due'`]],
    breaks: 'I7',
    story: async (jobs) => {
      const { id } = await jobs.jobIn('CANCELLED');
      await jobs.db.kysely
        .insertInto('cloudtask.timers')
        .values({ job_id: id, kind: 'due', due_at: new Date(0) })
        .execute();
      await fireTimers(jobs.db, 10);
    },
  },
  'the look at the worker that claims': {
    ...LOOK_AT_THE_CLAIMER,
    breaks: 'lease',
    story: async (jobs) => {
      const workerId = await jobs.worker();
      await rescueJobsOf(jobs.db, workerId);
      if ((await jobs.claim([await jobs.submit()], { workerId })).length > 0)
        throw new Broken('lease', 'a worker that was declared dead claimed a job');
    },
  },
  // A worker that was declared dead is alive, and claims while its jobs are being rescued.
  'the last look before claims are forgotten': {
    statement: 'forget_claims',
    cut: [['and s.claim_token = seen.token', 'and false']],
    breaks: 'I3',
    story: async (jobs) => {
      const workerId = await jobs.worker();
      const id = await jobs.submit();
      const disturbed: Queryable = {
        query: async (statement, values) => {
          // Its snapshot is from before the verdict: then the look at its state does not stop it.
          if (statement.name === 'forget_claims')
            await claimJobs(withoutGuard(jobs.db, LOOK_AT_THE_CLAIMER), { ids: [id], token: randomUUID(), workerId });
          return await jobs.db.query(statement, values);
        },
      };
      await rescueJobsOf(disturbed, workerId);
    },
  },
};
