import { backoffDelayMs, DEFAULT_BACKOFF } from '@cloudtask/core/backoff';
import type { Outcome } from '@cloudtask/core/messages';
import type { ClaimedJob } from '@cloudtask/core/protocol/claim';
import type { FailureReason } from '@cloudtask/sdk/contract';
import type { HandlerOptions } from '@cloudtask/sdk/define-handler';
import { parseDuration } from '@cloudtask/sdk/duration';
import { type AbortKind, readMark } from '@cloudtask/sdk/handler-errors';
import { InvalidPayload } from './check-with-schema.ts';
import { ServiceNotBuilt } from './service-host.ts';
import { ResultNotStorable } from './storable-result.ts';

type BackoffInput = Pick<ClaimedJob, 'attempt' | 'attemptLimit' | 'maxAttempts' | 'extras'>;

/** What follows for the attempt from a value that its handler threw. Never throws, whatever the value is. */
export function outcomeOfError(error: unknown, job: BackoffInput, retryWhen?: RetryWhen): Outcome {
  const mark = readMark(error);
  switch (mark?.['~cloudtask']) {
    case 'fatal':
      return failed(error, 'NON_RETRYABLE', { retryable: false });
    case 'retry-later':
      return failed(error, 'ERROR', { retryable: true, retryDelayMs: delayOf(mark) ?? delayMs(job) });
    case 'snooze':
      return { kind: 'snoozed', delayMs: delayOf(mark) ?? 0 };
  }
  if (error instanceof InvalidPayload) return failed(error, 'INVALID_PAYLOAD', { retryable: false });
  if (error instanceof ResultNotStorable) return failed(error, 'RESULT_NOT_STORABLE', { retryable: false });
  const wish = error instanceof ServiceNotBuilt ? undefined : askHandler(retryWhen, error, job);
  if (wish === false) return failed(error, 'NON_RETRYABLE', { retryable: false });
  return failed(error, 'ERROR', { retryable: true, retryDelayMs: wish ?? delayMs(job) });
}

type RetryWhen = HandlerOptions['retryWhen'];

/** False: not again. Milliseconds: after so many. Whatever else it answers, or throws, leaves it to the backoff. */
function askHandler(retryWhen: RetryWhen, error: unknown, { attempt }: BackoffInput): false | number | undefined {
  try {
    const wish = retryWhen?.(error, { attempt });
    if (wish === false) return false;
    return wish === undefined || wish === true ? undefined : parseDuration(wish);
  } catch {
    return undefined;
  }
}

/** A failure that is none of the handler's own errors and may not come again: tried again after the usual delay. */
export function retryableFailure(
  reason: FailureReason,
  message: string,
  job: BackoffInput,
): Extract<Outcome, { kind: 'failed' }> {
  return failed(Object.assign(new Error(message), { name: 'CloudTaskError' }), reason, {
    retryable: true,
    retryDelayMs: delayMs(job),
  });
}

/** How an attempt ends whose handler was told to stop: by a throw, or not at all within the grace period. */
export function outcomeOfAbort(
  kind: AbortKind,
  job: BackoffInput & { timeoutMs: number },
  stallMs = 0,
): Outcome | undefined {
  switch (kind) {
    case 'timeout':
      return failed(new Error(`the attempt took longer than its timeout of ${job.timeoutMs} ms`), 'TIMEOUT', {
        retryable: true,
        retryDelayMs: delayMs(job),
      });
    case 'stalled': {
      const message = `the handler told neither progress nor a checkpoint within its stallTimeout of ${stallMs} ms`;
      const error = Object.assign(new Error(message), { code: 'STALLED' });
      return failed(error, 'TIMEOUT', { retryable: true, retryDelayMs: delayMs(job) });
    }
    case 'cancelled':
      // Settling it makes it CANCELLED, because somebody asked for that.
      return failed(new Error('the job was cancelled'), 'ERROR', { retryable: false });
    case 'shutdown':
      return { kind: 'interrupted', started: true };
    case 'lease-lost':
      return undefined;
  }
}

/** Milliseconds after this failure. A person's retry begins a new count. */
function delayMs({ attempt, attemptLimit, maxAttempts, extras }: BackoffInput): number {
  const failures = attempt - (attemptLimit - maxAttempts);
  return backoffDelayMs(extras?.backoff ?? DEFAULT_BACKOFF, Math.max(1, failures));
}

function delayOf(mark: object): number | undefined {
  const { delayMs } = mark as { delayMs?: unknown };
  return typeof delayMs === 'number' && Number.isFinite(delayMs) && delayMs >= 0 ? Math.round(delayMs) : undefined;
}

function failed(
  error: unknown,
  reason: FailureReason,
  { retryable, retryDelayMs = 0 }: { retryable: boolean; retryDelayMs?: number },
): Extract<Outcome, { kind: 'failed' }> {
  const { name, message, code } = describe(error);
  return { kind: 'failed', reason, name, message, ...(code === undefined ? {} : { code }), retryable, retryDelayMs };
}

/** A thrown value may be anything, and its properties may throw. */
function describe(error: unknown): { name: string; message: string; code?: string } {
  try {
    if (typeof error !== 'object' || error === null) return { name: 'Error', message: asText(error, MESSAGE_BYTES) };
    const { name, message, code } = error as { name?: unknown; message?: unknown; code?: unknown };
    return {
      name: typeof name === 'string' && name !== '' ? asText(name, NAME_BYTES) : 'Error',
      message:
        typeof message === 'string' ? asText(message, MESSAGE_BYTES) : asText(JSON.stringify(error), MESSAGE_BYTES),
      ...(typeof code === 'string' && code !== '' ? { code: asText(code, NAME_BYTES) } : {}),
    };
  } catch {
    return { name: 'Error', message: 'the handler threw a value that cannot be read' };
  }
}

const MESSAGE_BYTES = 8 * 1024;
const NAME_BYTES = 200;

/** Text that PostgreSQL takes: no NUL, no lone surrogate, not longer than this in UTF-8. */
function asText(value: unknown, maxBytes: number): string {
  const text = String(value).slice(0, maxBytes).replaceAll('\0', '\ufffd').toWellFormed();
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  // The cut may go through a character; the decoder leaves U+FFFD in its place.
  return bytes.subarray(0, maxBytes - 3).toString('utf8');
}
