// The tables as kysely sees them. The migrations are the truth; a test compares the two.
import type { FailureReason, JobError, JobStatus, Json } from '@cloudtask/sdk/contract';
import type { ColumnType, Generated } from 'kysely';

/** JSON columns: parsed on the way out, a JSON text on the way in. */
type JsonColumn<T> = ColumnType<T, string, string>;

export interface Tables {
  'cloudtask.jobs': JobsTable;
  'cloudtask.job_states': JobStatesTable;
  'cloudtask.timers': { job_id: string; kind: 'due' | 'expire' | 'hint'; due_at: Date };
  'cloudtask.claims': { token: string; worker_id: number; job_ids: string[]; claimed_at: Date; deadline_at: Date };
  'cloudtask.cancel_requests': { job_id: string; fence: number; worker_id: number };
  'cloudtask.dispatches': {
    id: Generated<number>;
    queue: string;
    job_ids: string[];
    created_at: Date;
    due_at: Date;
  };
  'cloudtask.attempts': AttemptsTable;
  'cloudtask.workers': WorkersTable;
  'cloudtask.duties': { name: string; holder: string; held_until: Date; watermark: Date | null };
  'cloudtask.idempotency_keys': {
    user_id: string;
    key: string;
    body_hash: string;
    job_id: string;
    expires_at: Date;
    is_conflict: Generated<boolean>;
  };
  'cloudtask.users': UsersTable;
  'cloudtask.refresh_tokens': RefreshTokensTable;
  'cloudtask.revoked_tokens': { jti: string; expires_at: Date };
  'cloudtask.login_throttles': { key: string; points: Generated<number>; expire: number | null };
  'cloudtask.unique_locks': { user_id: string; type: string; key: string; job_id: string };
  'cloudtask.queue_pauses': {
    queue: string;
    paused_at: Date;
    resumes_at: Date | null;
    reason: string | null;
    paused_by: string;
  };
  'cloudtask.progress': {
    job_id: string;
    fence: number;
    n: number;
    percent: number | null;
    message: string | null;
    data: JsonColumn<Json | null>;
    reported_at: Date;
  };
  'cloudtask.checkpoints': {
    job_id: string;
    fence: number;
    n: Generated<number>;
    state: JsonColumn<Json>;
    saved_at: Date;
  };
  'cloudtask.job_logs': {
    job_id: string;
    fence: number;
    n: number;
    attempt: number;
    logged_at: Date;
    level: 'debug' | 'info' | 'warn' | 'error';
    message: string;
    fields: JsonColumn<Record<string, Json> | null>;
  };
  'cloudtask.failures': {
    job_id: string;
    user_id: string;
    type: string;
    fingerprint: string;
    failed_at: Date;
    discarded_at: Date | null;
    discard_reason: string | null;
  };
  'cloudtask.job_types': {
    type: string;
    description: string | null;
    input_schema: JsonColumn<Json | null>;
    output_schema: JsonColumn<Json | null>;
    defaults: JsonColumn<Json>;
    version: string;
    registered_at: Date;
    details: JsonColumn<Json | null>;
  };
  'cloudtask.schedules': SchedulesTable;
  'cloudtask.schedule_slots': {
    schedule_id: string;
    slot: Date;
    job_id: string | null;
    outcome: 'fired' | 'overlap' | 'missed' | 'refused';
    decided_at: Date;
    detail: string | null;
  };
  'cloudtask.job_actions': JobActionsTable;
  'cloudtask.prune_later': { job_id: string; due_at: Date };
  'cloudtask.api_tokens': {
    id: string;
    user_id: string;
    name: string;
    token_hash: string;
    hint: string;
    scopes: string[];
    created_at: Date;
    expires_at: Date | null;
    last_used_at: Date | null;
  };
}

interface JobsTable {
  id: string;
  user_id: string;
  type: string;
  queue: string;
  payload: JsonColumn<Json>;
  priority: number;
  max_attempts: number;
  timeout_ms: number;
  backoff: JsonColumn<Json | null>;
  ttl_ms: number | null;
  run_at: Date | null;
  tags: JsonColumn<string[] | null>;
  metadata: JsonColumn<Record<string, Json> | null>;
  schedule_id: string | null;
  scheduled_for: Date | null;
  created_at: Date;
  unique_key: string | null;
  previous_scheduled_for: Date | null;
  traceparent: string | null;
  parent_id: string | null;
}

interface JobStatesTable {
  id: string;
  status: JobStatus;
  hinted: boolean;
  queue: string;
  type: string;
  rank: number;
  fence: Generated<number>;
  failures: Generated<number>;
  losses: Generated<number>;
  attempt_limit: number;
  worker_id: number | null;
  claim_token: string | null;
  updated_at: Date;
  started_at: Date | null;
  next_at: Date | null;
  cancel_requested_at: Date | null;
  reason: FailureReason | null;
  cancel_reason: string | null;
  error: JsonColumn<JobError | null>;
  result: JsonColumn<Json | null>;
  unique_until: 'started' | 'finished' | null;
}

interface AttemptsTable {
  job_id: string;
  fence: number;
  attempt: number;
  outcome: 'failed' | 'lost' | 'interrupted' | 'snoozed' | 'cancelled';
  error: JsonColumn<JobError | null>;
  worker_id: number | null;
  started_at: Date | null;
  ended_at: Date;
  reason: FailureReason | null;
  claim_token: string | null;
  late_result_at: Date | null;
}

interface WorkersTable {
  id: Generated<number>;
  name: string;
  host: string;
  pid: number;
  version: string;
  queues: string[];
  types: JsonColumn<WorkerType[]>;
  slots: number;
  busy: Generated<number>;
  state: Generated<'live' | 'stopping' | 'stopped' | 'dead'>;
  started_at: Date;
  heartbeat_at: Date;
  last_delivery_at: Date | null;
  ended_at: Date | null;
  queue_slots: number[] | null;
  deaf_since: Date | null;
  drain_requested_at: Date | null;
  drain_reason: string | null;
  drain_requested_by: string | null;
}

/** A type that a worker runs. `meanMs` is what its handler took lately; null before the first run. */
export interface WorkerType {
  type: string;
  meanMs: number | null;
}

interface UsersTable {
  id: string;
  email: string;
  email_key: string;
  password_hash: string;
  token_version: Generated<number>;
  created_at: Date;
  is_operator: Generated<boolean>;
}

interface RefreshTokensTable {
  token_hash: string;
  user_id: string;
  family_id: string;
  created_at: Date;
  expires_at: Date;
  used_at: Date | null;
  token_version: Generated<number>;
}

interface SchedulesTable {
  id: string;
  user_id: string;
  name: string;
  type: string;
  payload: JsonColumn<Json>;
  cron: string | null;
  every_ms: number | null;
  timezone: string;
  dst_gap: 'after' | 'skip';
  dst_overlap: 'first' | 'both';
  catch_up: 'latest' | 'none' | 'all';
  on_overlap: 'skip' | 'queue' | 'cancel' | 'allow';
  job_options: JsonColumn<Json>;
  next_at: Date | null;
  fired_slot: Date | null;
  last_job_id: string | null;
  waiting_slot: Date | null;
  paused_at: Date | null;
  pause_reason: string | null;
  created_at: Date;
  updated_at: Date;
  turned_at: Date | null;
  resumed_at: Date | null;
}

/** Which jobs an action is about, with times instead of durations. Members are called as in the API. */
export interface ActionFilter {
  status?: JobStatus[];
  type?: string[];
  queue?: string[];
  tag?: string[];
  q?: string;
  error?: string;
  field?: string[];
  worker?: string[];
  minAttempt?: number;
  /** ISO. */
  since?: string;
  until?: string;
  /** A string when there is one: programs that know no several read it too. */
  fingerprint?: string | string[];
  ids?: string[];
  all?: true;
}

interface JobActionsTable {
  id: string;
  user_id: string;
  action: 'retry' | 'cancel' | 'discard' | 'restore';
  filter: JsonColumn<ActionFilter>;
  reason: string | null;
  canary: number;
  per_second: number | null;
  state: 'RUNNING' | 'CANARY' | 'DONE' | 'STOPPED';
  stop_reason: string | null;
  until_id: string;
  reached_id: string | null;
  canary_ids: Generated<string[]>;
  done: Generated<number>;
  skipped: Generated<number>;
  created_at: Date;
  next_at: Date;
  ended_at: Date | null;
}
