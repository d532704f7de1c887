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
  };
  'cloudtask.users': UsersTable;
  'cloudtask.refresh_tokens': RefreshTokensTable;
  'cloudtask.revoked_tokens': { jti: string; expires_at: Date };
  'cloudtask.login_throttles': { key: string; points: Generated<number>; expire: number | null };
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
}

interface AttemptsTable {
  job_id: string;
  fence: number;
  attempt: number;
  outcome: 'failed' | 'lost' | 'interrupted' | 'snoozed';
  error: JsonColumn<JobError | null>;
  worker_id: number | null;
  started_at: Date | null;
  ended_at: Date;
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
}

interface RefreshTokensTable {
  token_hash: string;
  user_id: string;
  family_id: string;
  created_at: Date;
  expires_at: Date;
  used_at: Date | null;
}
