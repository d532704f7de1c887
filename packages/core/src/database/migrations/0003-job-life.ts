// What happens to jobs between submit and end: unique jobs, pauses, journals of attempts, schedules, actions on many jobs.
// Each table is a side table of the two that hold the job; none is touched by a job that does not need it.
export const sql = `
-- Unique jobs. A lock is deleted when its job starts or ends, by the statement that moves the job.
alter table cloudtask.jobs
  add column unique_key text,
  add column previous_scheduled_for timestamptz;
alter table cloudtask.job_states add column unique_until text;
create table cloudtask.unique_locks (
  user_id uuid not null,
  type text not null,
  key text not null,
  job_id uuid not null unique,
  primary key (user_id, type, key)
);
-- True: the key stands for a job that had the unique key already when this one was submitted.
alter table cloudtask.idempotency_keys add column is_conflict boolean not null default false;

-- Queues that somebody has paused. One that is not here, or whose pause is over, is fed.
create table cloudtask.queue_pauses (
  queue text primary key,
  paused_at timestamptz not null,
  resumes_at timestamptz,
  reason text,
  paused_by text not null
);

-- What an attempt said while it ran. Written by its worker only while it owns the attempt.
create table cloudtask.progress (
  job_id uuid primary key,
  fence integer not null,
  n integer not null,
  percent double precision,
  message text,
  data json,
  reported_at timestamptz not null
) with (fillfactor = 50);
create table cloudtask.checkpoints (
  job_id uuid primary key,
  fence integer not null,
  state json not null,
  saved_at timestamptz not null
) with (fillfactor = 50);
create table cloudtask.job_logs (
  job_id uuid not null,
  fence integer not null,
  n integer not null,
  attempt integer not null,
  logged_at timestamptz not null,
  level text not null check (level in ('debug', 'info', 'warn', 'error')),
  message text not null,
  fields json,
  primary key (job_id, fence, n)
);

-- \`late_result_at\`: its handler succeeded all the same, after the attempt had ended.
alter table cloudtask.attempts
  drop constraint attempts_outcome_check,
  add constraint attempts_outcome_check check (outcome in ('failed', 'lost', 'interrupted', 'snoozed', 'cancelled')),
  add column reason text,
  add column claim_token uuid,
  add column late_result_at timestamptz;

-- Jobs that ended FAILED, by cause: what GET /failures counts. Deleted when the job is retried or removed.
create table cloudtask.failures (
  job_id uuid primary key,
  user_id uuid not null,
  type text not null,
  fingerprint text not null,
  failed_at timestamptz not null
);
create index failures_by_cause on cloudtask.failures (user_id, type, fingerprint, failed_at);
create index failures_of_cause on cloudtask.failures (user_id, fingerprint, job_id);
create index failures_by_time on cloudtask.failures (failed_at);
insert into cloudtask.failures (job_id, user_id, type, fingerprint, failed_at)
select s.id, j.user_id, j.type, coalesce(s.error ->> 'fingerprint', ''), s.updated_at
  from cloudtask.job_states s join cloudtask.jobs j on j.id = s.id where s.status = 'FAILED';

-- What workers registered of the types they run. The newest registration counts.
create table cloudtask.job_types (
  type text primary key,
  description text,
  input_schema json,
  output_schema json,
  defaults json not null,
  version text not null,
  registered_at timestamptz not null
);

-- \`queue_slots\`: beside \`queues\`, slots that a queue has for itself; 0: it shares \`slots\` with the others.
alter table cloudtask.workers
  add column queue_slots integer[],
  add column deaf_since timestamptz;

create table cloudtask.schedules (
  id uuid primary key,
  user_id uuid not null,
  name text not null,
  type text not null,
  payload json not null,
  -- One of the two.
  cron text,
  every_ms bigint check (every_ms > 0),
  timezone text not null,
  dst_gap text not null check (dst_gap in ('after', 'skip')),
  dst_overlap text not null check (dst_overlap in ('first', 'both')),
  catch_up text not null check (catch_up in ('latest', 'none', 'all')),
  on_overlap text not null check (on_overlap in ('skip', 'queue', 'cancel', 'allow')),
  -- Queue, priority, attempts … of its jobs, as in POST /jobs.
  job_options json not null,
  -- The next slot; null when there is none any more.
  next_at timestamptz,
  -- The newest slot that was fired or passed over, and the job of the newest that was fired.
  last_slot timestamptz,
  last_job_id uuid,
  -- A slot that waits until the job before it has ended (on_overlap 'queue').
  waiting_slot timestamptz,
  paused_at timestamptz,
  pause_reason text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  unique (user_id, name),
  check ((cron is null) <> (every_ms is null))
);
create index schedules_by_next on cloudtask.schedules (next_at) where paused_at is null;
create index schedules_with_waiting_slot on cloudtask.schedules (id) where waiting_slot is not null;

-- A slot is fired once: this key, whatever any number of schedulers do. \`job_id\` null: passed over, \`outcome\` says why.
create table cloudtask.schedule_slots (
  schedule_id uuid not null,
  slot timestamptz not null,
  job_id uuid,
  outcome text not null check (outcome in ('fired', 'overlap', 'missed')),
  decided_at timestamptz not null,
  primary key (schedule_id, slot)
);
create index schedule_slots_by_age on cloudtask.schedule_slots (decided_at);

-- Retry or cancel of many jobs: done by the scheduler, a batch at a time, from where \`reached_id\` stands.
create table cloudtask.job_actions (
  id uuid primary key,
  user_id uuid not null,
  action text not null check (action in ('retry', 'cancel')),
  filter json not null,
  reason text,
  canary integer not null,
  per_second double precision,
  state text not null check (state in ('RUNNING', 'CANARY', 'DONE', 'STOPPED')),
  stop_reason text,
  -- Jobs submitted later are none of its business.
  until_id uuid not null,
  reached_id uuid,
  canary_ids uuid[] not null default '{}',
  done integer not null default 0,
  skipped integer not null default 0,
  created_at timestamptz not null,
  next_at timestamptz not null,
  ended_at timestamptz
);
create index job_actions_by_next on cloudtask.job_actions (next_at) where state in ('RUNNING', 'CANARY');
create index job_actions_by_user on cloudtask.job_actions (user_id, id desc);

-- Jobs that the pruner passed while they were still to be kept: looked at again when due.
create table cloudtask.prune_later (
  job_id uuid primary key,
  due_at timestamptz not null
);
create index prune_later_by_due on cloudtask.prune_later (due_at);

alter table cloudtask.users add column is_operator boolean not null default false;
-- A change of the password raises the account's version: what was made under an earlier one is worth nothing.
alter table cloudtask.refresh_tokens add column token_version integer not null default 0;

-- Tokens for programs. The token itself is shown once and not kept.
create table cloudtask.api_tokens (
  id uuid primary key,
  user_id uuid not null references cloudtask.users on delete cascade,
  name text not null,
  token_hash text not null unique,
  -- Its beginning, by which people tell their tokens apart.
  hint text not null,
  scopes text[] not null,
  created_at timestamptz not null,
  expires_at timestamptz,
  last_used_at timestamptz,
  unique (user_id, name)
);
`;
