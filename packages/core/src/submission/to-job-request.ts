import { createHash } from 'node:crypto';
import type { Backoff, Issue } from '@cloudtask/sdk/contract';
import { type ResolvedBackoff, resolveBackoff } from '../backoff.ts';
import { DEFAULT_QUEUE } from '../messages.ts';
import type { TypeDefaults } from '../protocol/register-types.ts';
import { canonicalJson } from './canonical-json.ts';
import { checkText, findUnstorable } from './check-storable.ts';
import { invalid } from './input-refused.ts';
import type { JobRequest } from './job-request.ts';
import { limitedDuration } from './limited-duration.ts';
import { checkSize, payloadText, refuse } from './payload-text.ts';
import { parseTime } from './strict-time.ts';
import { type SubmitJobBody, TEN_YEARS_MS } from './submit-schema.ts';

const MAX_METADATA_BYTES = 16 * 1024;

const DEFAULTS = { priority: 5, maxAttempts: 5, timeoutMs: 15 * 60_000 };
/** 24 days: what a 32-bit number of milliseconds holds. */
const MAX_TIMEOUT_MS = 2_147_483_647;

export interface ToJobRequest {
  userId: string;
  body: SubmitJobBody;
  /** Of its type, for what the body leaves out; the server's own come after them. */
  defaults?: TypeDefaults | undefined;
  idempotencyKey?: string | undefined;
  nowMs: number;
}

/** A body whose shape is right, checked for what a schema cannot say, with every default filled in. */
export function toJobRequest({ userId, body, defaults, idempotencyKey, nowMs }: ToJobRequest): JobRequest {
  const payloadValue = body.payload ?? null;
  const payload = payloadText(payloadValue);
  refuse(findUnstorable(body.metadata, '/metadata') ?? checkTags(body.tags));
  if (body.metadata) checkSize('metadata', JSON.stringify(body.metadata), MAX_METADATA_BYTES);
  const toJob = (from: SubmitJobBody) => fillIn(from, { userId, payload, nowMs });
  const job = toJob({ ...(defaults as SubmitJobBody | undefined), ...body });
  if (idempotencyKey === undefined) return job;
  // Of what was asked, without the type's defaults: a worker that registers others in between must not make a repeated
  // request another one.
  return { ...job, idempotency: { key: idempotencyKey, bodyHash: hashOf(defaults ? toJob(body) : job, payloadValue) } };
}

function fillIn(body: SubmitJobBody, about: { userId: string; payload: string; nowMs: number }): JobRequest {
  return {
    userId: about.userId,
    type: body.type,
    queue: body.queue ?? DEFAULT_QUEUE,
    payload: about.payload,
    priority: body.priority ?? DEFAULTS.priority,
    maxAttempts: body.maxAttempts ?? DEFAULTS.maxAttempts,
    timeoutMs: timeoutOf(body),
    backoff: body.backoff && backoffOf(body.backoff as Backoff), // the same members; the schema has checked their values
    ttlMs: body.ttl === undefined ? undefined : Math.max(1, limitedDuration('/ttl', body.ttl, { maxMs: TEN_YEARS_MS })),
    tags: body.tags?.length ? body.tags : undefined,
    metadata: body.metadata,
    ...uniqueOf(body),
    ...timeOf(body, about.nowMs),
  };
}

function timeoutOf({ timeout }: SubmitJobBody): number {
  return timeout === undefined ? DEFAULTS.timeoutMs : limitedDuration('/timeout', timeout, { maxMs: MAX_TIMEOUT_MS });
}

function backoffOf(backoff: Backoff): ResolvedBackoff {
  limitedDuration('/backoff/delay', backoff.delay, { maxMs: TEN_YEARS_MS });
  limitedDuration('/backoff/maxDelay', backoff.maxDelay ?? 0, { maxMs: TEN_YEARS_MS });
  return resolveBackoff(backoff);
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
  const delayMs = delay === undefined ? 0 : limitedDuration('/delay', delay, { maxMs: TEN_YEARS_MS });
  return delayMs > 0 ? { delayMs } : {};
}

function uniqueOf({ unique }: SubmitJobBody): Pick<JobRequest, 'unique' | 'onConflict'> {
  if (!unique) return {};
  const { key, until = 'finished', onConflict = 'return' } = unique;
  refuse(checkText(key, '/unique/key'));
  return { unique: { key, until }, onConflict };
}

function checkTags(tags: readonly string[] | undefined): Issue | undefined {
  for (const [index, tag] of (tags ?? []).entries()) {
    const issue = checkText(tag, `/tags/${index}`);
    if (issue) return issue;
  }
  return undefined;
}

/** Of what was asked for, not of how it was written: "5m" and 300000, or members in another order, are the same body. */
function hashOf({ userId: _, payload: __, ...options }: JobRequest, payload: unknown): string {
  return createHash('sha256')
    .update(canonicalJson({ ...options, payload }))
    .digest('base64url');
}
