import { causes } from '#connection-causes';
import { APIError, ConnectionError, RateLimitError, TimeoutError } from './errors.ts';

const FIRST_DELAY_MS = 500;
const MAX_DELAY_MS = 8_000;

/** A failure, and what is known about the call that failed. */
export interface Failure {
  error: unknown;
  /** Sending it twice does no harm: a read, or a write with an idempotency key. */
  idempotent: boolean;
  /** 0 for the first attempt. */
  attempt: number;
  maxRetryAfterMs: number;
}

/**
 * Milliseconds until the next attempt, or null when there should be none. Obeys `Retry-After` exactly up to the limit and gives
 * up beyond it: never earlier than asked, never an hour of silence.
 */
export function retryDelay(
  { error, idempotent, attempt, maxRetryAfterMs }: Failure,
  random = Math.random,
): number | null {
  if (!mayRetry(error, idempotent)) return null;
  const askedMs = error instanceof APIError ? retryAfterMs(error.headers) : null;
  if (askedMs !== null) return askedMs <= maxRetryAfterMs ? askedMs : null;
  // Full jitter: clients that failed together do not come back together.
  return random() * Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** attempt);
}

function mayRetry(error: unknown, idempotent: boolean): boolean {
  if (error instanceof RateLimitError) return true;
  if (error instanceof APIError) return idempotent && isPassing(error.status);
  if (error instanceof TimeoutError) return idempotent && error.phase === 'attempt';
  return error instanceof ConnectionError && (idempotent || wasNotSent(error));
}

function isPassing(status: number): boolean {
  return status === 408 || (status >= 500 && status !== 501);
}

/** The server cannot have seen the request: there was no connection to send it on. */
function wasNotSent(error: ConnectionError): boolean {
  return causes.noConnection.includes(causeCode(error));
}

/** A kept-alive connection that the other side had closed: worth one attempt that does not count. */
export function isStaleConnection(error: unknown): boolean {
  return error instanceof ConnectionError && causes.stale.includes(causeCode(error));
}

/** The code of the system's or the transport's error behind a `ConnectionError`. */
export function causeCode(error: unknown): string {
  for (let each = error, depth = 0; each instanceof Error && depth < 5; each = each.cause, depth++) {
    const { code } = each as Error & { code?: unknown };
    if (!(each instanceof ConnectionError) && typeof code === 'string') return code;
  }
  return '';
}

/** `Retry-After` in either of its forms, seconds or a date; null when absent or unreadable. */
export function retryAfterMs(headers: Headers, now = Date.now()): number | null {
  const value = headers.get('retry-after')?.trim();
  if (!value) return null;
  if (/^\d+(\.\d+)?$/.test(value)) return Math.ceil(Number(value) * 1_000);
  const at = Date.parse(value);
  return Number.isNaN(at) ? null : Math.max(0, at - now);
}
