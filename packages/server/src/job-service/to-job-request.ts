import { createHash } from 'node:crypto';
import { resolveBackoff } from '@cloudtask/core/backoff';
import { DEFAULT_QUEUE } from '@cloudtask/core/messages';
import type { Backoff, Issue } from '@cloudtask/sdk/contract';
import { parseDuration } from '@cloudtask/sdk/duration';
import { canonicalJson } from './canonical-json.ts';
import { checkText, findUnstorable } from './check-storable.ts';
import { invalid } from './http/validators.ts';
import { ApiProblem } from './problem.ts';
import type { SubmitJobBody } from './schemas/submit-schema.ts';
import { parseTime } from './strict-time.ts';
import type { JobRequest } from './submit-job.ts';

export const MAX_PAYLOAD_BYTES = 256 * 1024;
export const MAX_METADATA_BYTES = 16 * 1024;

const DEFAULTS = { priority: 5, maxAttempts: 5, timeoutMs: 15 * 60_000 };
/** 24 days: what a 32-bit number of milliseconds holds. */
const MAX_TIMEOUT_MS = 2_147_483_647;

export interface ToJobRequest {
  userId: string;
  body: SubmitJobBody;
  idempotencyKey?: string | undefined;
  nowMs: number;
}

/** A body whose shape is right, checked for what a schema cannot say, with every default filled in. */
export function toJobRequest({ userId, body, idempotencyKey, nowMs }: ToJobRequest): JobRequest {
  const payloadValue = body.payload ?? null;
  refuse(
    findUnstorable(payloadValue, '/payload') ?? findUnstorable(body.metadata, '/metadata') ?? checkTags(body.tags),
  );
  const payload = JSON.stringify(payloadValue);
  checkSize('payload', payload, MAX_PAYLOAD_BYTES);
  if (body.metadata) checkSize('metadata', JSON.stringify(body.metadata), MAX_METADATA_BYTES);
  const job: JobRequest = {
    userId,
    type: body.type,
    queue: body.queue ?? DEFAULT_QUEUE,
    payload,
    priority: body.priority ?? DEFAULTS.priority,
    maxAttempts: body.maxAttempts ?? DEFAULTS.maxAttempts,
    timeoutMs: timeoutOf(body),
    backoff: body.backoff && resolveBackoff(body.backoff as Backoff),
    ttlMs: body.ttl === undefined ? undefined : Math.max(1, parseDuration(body.ttl)),
    tags: body.tags?.length ? body.tags : undefined,
    metadata: body.metadata,
    ...timeOf(body, nowMs),
  };
  if (idempotencyKey === undefined) return job;
  return { ...job, idempotency: { key: idempotencyKey, bodyHash: hashOf(job, payloadValue) } };
}

function timeoutOf({ timeout }: SubmitJobBody): number {
  const ms = timeout === undefined ? DEFAULTS.timeoutMs : parseDuration(timeout);
  if (ms > MAX_TIMEOUT_MS) throw invalid([{ path: '/timeout', message: 'must be at most 24 days; 0 is no limit' }]);
  return ms;
}

/** The two are measured by the database's clock, so that a wrong one here moves no job. */
function timeOf({ delay, runAt }: SubmitJobBody, nowMs: number): Pick<JobRequest, 'delayMs' | 'runAt'> {
  if (delay !== undefined && runAt !== undefined) {
    throw invalid([{ path: '/runAt', message: 'cannot be given together with delay' }]);
  }
  if (runAt !== undefined) {
    const time = parseTime(runAt, nowMs);
    if (typeof time === 'string') throw invalid([{ path: '/runAt', message: time }]);
    return { runAt: time.toISOString() };
  }
  const delayMs = delay === undefined ? 0 : parseDuration(delay);
  return delayMs > 0 ? { delayMs } : {};
}

function checkTags(tags: readonly string[] | undefined): Issue | undefined {
  for (const [index, tag] of (tags ?? []).entries()) {
    const issue = checkText(tag, `/tags/${index}`);
    if (issue) return issue;
  }
  return undefined;
}

function refuse(issue: Issue | undefined): void {
  if (issue) throw new ApiProblem('UNSTORABLE_VALUE', `${issue.path} ${issue.message}.`, { issues: [issue] });
}

function checkSize(what: 'payload' | 'metadata', json: string, limit: number): void {
  // Three bytes at most per UTF-16 unit: most texts need not be measured.
  if (json.length * 3 <= limit) return;
  const bytes = Buffer.byteLength(json);
  if (bytes <= limit) return;
  const message = `has ${bytes} bytes as JSON; ${limit} are allowed`;
  throw new ApiProblem('PAYLOAD_TOO_LARGE', `The ${what} ${message}.`, { issues: [{ path: `/${what}`, message }] });
}

/** Of what was asked for, not of how it was written: "5m" and 300000, or members in another order, are the same body. */
function hashOf({ userId: _, payload: __, ...options }: JobRequest, payload: unknown): string {
  return createHash('sha256')
    .update(canonicalJson({ ...options, payload }))
    .digest('base64url');
}
