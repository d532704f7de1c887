// The tables of the job protocol. Why they have this shape: docs/protocol.md and docs/decisions/0001-hot-row.md.
export const sql = `
create schema if not exists cloudtask;

-- The one clock of every statement. Tests and \`dev\` replace this function to move time; production never does.
create function cloudtask.clock() returns timestamptz language sql stable as 'select pg_catalog.now()';

create type cloudtask.job_status as enum
  ('SCHEDULED', 'PENDING', 'RUNNING', 'RETRYING', 'COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED');

-- What was asked for. Written once, never updated; lists walk its second index.
-- No foreign key to users: a check per insert on the hottest statement, and accounts are never deleted under jobs.
create table cloudtask.jobs (
  id uuid primary key,
  user_id uuid not null,
  type text not null,
  queue text not null,
  payload json not null,
  priority smallint not null check (priority between 0 and 9),
  max_attempts smallint not null check (max_attempts >= 1),
  timeout_ms integer not null check (timeout_ms >= 0),
  backoff json,
  ttl_ms bigint,
  run_at timestamptz,
  tags jsonb,
  metadata json,
  schedule_id uuid,
  scheduled_for timestamptz,
  created_at timestamptz not null
);
create index jobs_by_user on cloudtask.jobs (user_id, id desc);

-- Where the job is: the narrow row that changes. Half of each page stays free so that updates are heap-only (HOT);
-- for the same reason no index may name a column that the usual claim and settle change.
-- \`hinted\`: no hint is owed. False only while a job is PENDING and still has to be offered to the workers.
create table cloudtask.job_states (
  id uuid primary key,
  status cloudtask.job_status not null,
  hinted boolean not null,
  queue text not null,
  type text not null,
  rank bigint not null,
  fence integer not null default 0,
  failures smallint not null default 0,
  losses smallint not null default 0,
  attempt_limit smallint not null,
  worker_id integer,
  claim_token uuid,
  updated_at timestamptz not null,
  started_at timestamptz,
  next_at timestamptz,
  cancel_requested_at timestamptz,
  reason text,
  cancel_reason text,
  error json,
  result json,
  constraint hint_owed_only_while_pending check (hinted or status = 'PENDING'),
  constraint claim_token_iff_running check ((status = 'RUNNING') = (claim_token is not null)),
  constraint reason_iff_failed check ((status = 'FAILED') = (reason is not null)),
  constraint result_only_if_completed check (result is null or status = 'COMPLETED'),
  constraint attempts_within_limit check (failures + losses <= attempt_limit),
  constraint next_at_iff_waiting_for_time check ((status in ('SCHEDULED', 'RETRYING')) = (next_at is not null))
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);
create index job_states_backlog on cloudtask.job_states (queue, type, rank, id) where not hinted;

-- Times at which something about a job is due. Inserted and deleted, never scanned by job status.
-- due: SCHEDULED or RETRYING becomes PENDING · expire: not started in time · hint: offer it again
create table cloudtask.timers (
  job_id uuid not null,
  kind text not null check (kind in ('due', 'expire', 'hint')),
  due_at timestamptz not null,
  primary key (job_id, kind)
);
create index timers_by_due on cloudtask.timers (due_at);

-- One row per claimed batch: how a dead worker's jobs are found without an index on the hot row.
create table cloudtask.claims (
  token uuid primary key,
  worker_id integer not null,
  job_ids uuid[] not null,
  claimed_at timestamptz not null,
  deadline_at timestamptz not null
);
create index claims_by_worker on cloudtask.claims (worker_id);

-- Running jobs that somebody wants stopped: what a heartbeat looks at, instead of at everything that its worker runs.
create table cloudtask.cancel_requests (
  job_id uuid not null,
  fence integer not null,
  worker_id integer not null,
  primary key (job_id, fence)
);
create index cancel_requests_by_worker on cloudtask.cancel_requests (worker_id);

-- One row per batch of hints that the dispatcher published: looked at again when due, until every job was claimed.
create table cloudtask.dispatches (
  id bigint generated always as identity primary key,
  queue text not null,
  job_ids uuid[] not null,
  created_at timestamptz not null,
  due_at timestamptz not null
);
create index dispatches_by_due on cloudtask.dispatches (due_at);

-- Attempts that ended badly. A job that succeeds at once never has a row here.
create table cloudtask.attempts (
  job_id uuid not null,
  fence integer not null,
  attempt integer not null,
  outcome text not null check (outcome in ('failed', 'lost', 'interrupted', 'snoozed')),
  error json,
  worker_id integer,
  started_at timestamptz,
  ended_at timestamptz not null,
  primary key (job_id, fence)
);

-- A lease belongs to the worker, not to each job: one heartbeat renews it for all.
create table cloudtask.workers (
  id integer generated always as identity primary key,
  name text not null,
  host text not null,
  pid integer not null,
  version text not null,
  queues text[] not null,
  types json not null,
  slots integer not null,
  busy integer not null default 0,
  state text not null default 'live' check (state in ('live', 'stopping', 'stopped', 'dead')),
  started_at timestamptz not null,
  heartbeat_at timestamptz not null,
  last_delivery_at timestamptz,
  ended_at timestamptz
);

-- Who does a periodic duty just now: saves work, decides nothing. \`watermark\` is how far a sweep has come.
create table cloudtask.duties (
  name text primary key,
  holder uuid not null,
  held_until timestamptz not null,
  watermark timestamptz
);

create table cloudtask.idempotency_keys (
  user_id uuid not null,
  key text not null,
  body_hash text not null,
  job_id uuid not null,
  expires_at timestamptz not null,
  primary key (user_id, key)
);
create index idempotency_keys_by_expiry on cloudtask.idempotency_keys (expires_at);
`;
