import type { Issue, Job, JobError, Problem } from './contract.ts';

/** What every error of the SDK carries. */
export interface ErrorDetails {
  code: string;
  retryable?: boolean;
  requestId?: string | null;
  hint?: string | null | undefined;
  cause?: unknown;
}

/** An error as `JSON.stringify` and loggers show it: its `code`, `retryable`, `requestId` and `hint`; some have more members. */
export interface ErrorJSON {
  name: string;
  code: string;
  message: string;
  retryable: boolean;
  requestId: string | null;
  hint: string | null;
  [more: string]: unknown;
}

/**
 * The root of all errors that the SDK throws. `code` is stable: those of the server are listed in docs/errors.md, the SDK's own
 * in docs/sdk.md. The message is for people.
 *
 * `instanceof` works across copies of the package: each class is branded with a registered symbol.
 */
export class CloudTaskError extends Error {
  readonly code: string;
  /** The same call may succeed later, without a change. */
  readonly retryable: boolean;
  /** Names the request in the server's logs. */
  readonly requestId: string | null;
  /** What to do about it, in a sentence; null when the server said nothing of it. */
  readonly hint: string | null;

  constructor(message: string, { code, retryable = false, requestId = null, hint = null, cause }: ErrorDetails) {
    super(message, cause === undefined ? undefined : { cause });
    const { prototype } = new.target;
    // Ours have their names on the prototype, because minifiers rename classes; derived ones have that of their class.
    this.name = Object.hasOwn(prototype, 'name') ? prototype.name : new.target.name;
    this.code = code;
    this.retryable = retryable;
    this.requestId = requestId;
    this.hint = hint;
  }

  /** For logs: what a reader needs; no headers, no payloads and no results. */
  toJSON(): ErrorJSON {
    const own: Partial<APIError & JobFailedError> = { ...this };
    const { headers: _headers, body: _body, job, ...shown } = own;
    const about = job && { id: job.id, type: job.type, status: job.status, attempt: job.attempt };
    // The message is the one member that is not enumerable.
    return { ...(shown as ErrorJSON), message: this.message, ...(about && { job: about }) };
  }
}

/** What is known of an answer that was not a success. */
export interface APIErrorDetails extends ErrorDetails {
  status: number;
  headers: Headers;
  body: unknown;
  issues?: readonly Issue[];
}

/** The server answered, and refused or failed. */
export class APIError extends CloudTaskError {
  readonly status: number;
  readonly headers: Headers;
  /** As it came: a problem document from the server, anything from a proxy between. */
  readonly body: Partial<Problem> | string | null;
  /** What was wrong, place by place; empty when the server named none. */
  readonly issues: readonly Issue[];

  constructor(message: string, details: APIErrorDetails) {
    super(message, details);
    this.status = details.status;
    this.headers = details.headers;
    this.body = details.body as Partial<Problem> | string | null;
    this.issues = details.issues ?? [];
  }
}

/** 400: not a valid request. */
export class BadRequestError extends APIError {}
/** 401: no token, a wrong or expired one, or wrong credentials. */
export class AuthenticationError extends APIError {}
/** 403: signed in, but not allowed. */
export class PermissionDeniedError extends APIError {}
/** 404: it does not exist, or belongs to somebody else. */
export class NotFoundError extends APIError {}
/** 409: it conflicts with what is there. */
export class ConflictError extends APIError {}
/** 413: the body is too large. */
export class PayloadTooLargeError extends APIError {}
/** 422: well-formed, and refused; `issues` says where. */
export class ValidationError extends APIError {}
/** 429: too many requests, and the server asks to wait longer than `maxRetryAfter`. */
export class RateLimitError extends APIError {
  /** How long the server asks to wait. */
  readonly retryAfterMs: number | null;

  constructor(message: string, details: APIErrorDetails & { retryAfterMs: number | null }) {
    super(message, details);
    this.retryAfterMs = details.retryAfterMs;
  }
}
/** 5xx: the server, or something before it, failed. */
export class ServerError extends APIError {}

/** No answer: refused, reset, not resolvable. */
export class ConnectionError extends CloudTaskError {}

/** No answer in time: `attempt` is one request, `deadline` is the call with all its retries. */
export class TimeoutError extends ConnectionError {
  /** Which time was over: that of one request, or of the call. */
  readonly phase: 'attempt' | 'deadline';

  constructor(message: string, details: ErrorDetails & { phase: 'attempt' | 'deadline' }) {
    super(message, details);
    this.phase = details.phase;
  }
}

/** The payload does not fit the job's schema. Nothing was sent. */
export class PayloadValidationError extends CloudTaskError {
  /** What does not fit, place by place. */
  readonly issues: readonly Issue[];

  constructor(message: string, issues: readonly Issue[]) {
    super(message, { code: 'INVALID_PAYLOAD' });
    this.issues = issues;
  }
}

/** The time to wait is over. The job goes on; `job` is its last known state. */
export class WaitTimeoutError extends CloudTaskError {
  readonly job: Job;

  constructor(job: Job, waitedMs: number) {
    super(`job ${job.id} is still ${job.status} after ${waitedMs} ms`, { code: 'WAIT_TIMEOUT', retryable: true });
    this.job = job;
  }
}

/** Thrown by `result()` and `run()`: the job ended, but not `COMPLETED`. */
export class JobFailedError extends CloudTaskError {
  /** The job at its end. */
  readonly job: Job;
  readonly error: JobError | null;

  constructor(job: Job) {
    const why = job.error ? `: ${job.error.message}` : '';
    super(`job ${job.id} (${job.type}) ended ${job.status}${why}`, { code: job.error?.code ?? `JOB_${job.status}` });
    this.job = job;
    this.error = job.error;
  }
}

/** Thrown by `result()` and `run()`: the job was cancelled. */
export class JobCancelledError extends JobFailedError {}

/** Thrown by `result()` and `run()`: the job's time to live was over before it started. */
export class JobExpiredError extends JobFailedError {}

const CLASSES = {
  CloudTaskError,
  APIError,
  BadRequestError,
  AuthenticationError,
  PermissionDeniedError,
  NotFoundError,
  ConflictError,
  PayloadTooLargeError,
  ValidationError,
  RateLimitError,
  ServerError,
  ConnectionError,
  TimeoutError,
  PayloadValidationError,
  WaitTimeoutError,
  JobFailedError,
  JobCancelledError,
  JobExpiredError,
};

// Two copies of the package in one process (a nested install) must recognise each other's errors.
for (const [name, branded] of Object.entries(CLASSES)) {
  const brand = Symbol.for(`cloudtask.error.${name}`);
  Object.defineProperties(branded.prototype, { [brand]: { value: true }, name: { value: name, writable: true } });
  Object.defineProperty(branded, Symbol.hasInstance, {
    value(this: unknown, value: unknown): boolean {
      if (typeof value !== 'object' || value === null) return false;
      // A class that a user derives inherits this function, and keeps the ordinary rule.
      if (this !== branded) return Function.prototype[Symbol.hasInstance].call(this as typeof branded, value);
      return (value as Record<symbol, unknown>)[brand] === true;
    },
  });
}
