import type { Duration } from './contract.ts';
import { parseDuration } from './duration.ts';

// Handlers and the worker may load different copies of this module (a plugin brings its own SDK): what is thrown is
// recognised by this mark, never by `instanceof`.
const MARK = '~cloudtask';

/** No further attempt: trying again would not help. */
export class FatalError extends Error {
  readonly [MARK] = 'fatal';
  override readonly name: string = 'FatalError';
  /** Stable, for programs; shown as the `code` of the job's error. */
  readonly code?: string;

  constructor(message: string, options: { code?: string; cause?: unknown } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    if (options.code !== undefined) this.code = options.code;
  }
}

/** A failure with its own delay before the next attempt, or its time, in place of the job's backoff. */
export class RetryLater extends Error {
  readonly [MARK] = 'retry-later';
  override readonly name: string = 'RetryLater';
  /** How long from now, in milliseconds. */
  readonly delayMs: number;

  constructor(
    delay: Duration | Date,
    message = 'the handler asked for a later attempt',
    options: { cause?: unknown } = {},
  ) {
    super(message, options);
    this.delayMs = delayUntil(delay);
  }
}

/** No failure: run this job again later, without using up an attempt. */
export class Snooze extends Error {
  readonly [MARK] = 'snooze';
  override readonly name: string = 'Snooze';
  /** How long from now, in milliseconds. */
  readonly delayMs: number;

  constructor(delay: Duration | Date, message = 'the handler asked for a later run') {
    super(message);
    this.delayMs = delayUntil(delay);
  }
}

/** Milliseconds from now; a time that has passed is now. */
function delayUntil(delay: Duration | Date): number {
  if (!(delay instanceof Date)) return parseDuration(delay);
  const ms = delay.getTime() - Date.now();
  if (Number.isNaN(ms)) throw new RangeError('the time is no date');
  return Math.max(0, ms);
}

export type AbortKind = 'cancelled' | 'timeout' | 'stalled' | 'lease-lost' | 'shutdown';

/** Why a handler's signal was aborted: `signal.reason`. */
export class JobAbort extends Error {
  readonly [MARK] = 'abort';
  override readonly name: string = 'JobAbort';
  /** `cancelled`, over its `timeout`, `stalled` (over its `stallTimeout`), `lease-lost` (another worker has the job) or `shutdown` of the worker. */
  readonly kind: AbortKind;
  /** How long the handler may still take to end; then its attempt ends without it. */
  readonly graceMs: number;

  constructor(kind: AbortKind, graceMs: number, message: string = kind) {
    super(message);
    this.kind = kind;
    this.graceMs = graceMs;
  }
}

/** What a thrown value asks for, if it is one of the above. */
export function readMark(error: unknown): FatalError | RetryLater | Snooze | JobAbort | undefined {
  if (typeof error !== 'object' || error === null || !(MARK in error)) return undefined;
  return error as FatalError | RetryLater | Snooze | JobAbort;
}
