import { STATUS_CODES } from 'node:http';
import { InputRefused } from '@cloudtask/core/submission/input-refused';
import type { Issue, Problem } from '@cloudtask/sdk/contract';
import { PROBLEMS, type ProblemCode } from './problem-table.ts';

export interface ProblemExtras {
  issues?: readonly Issue[];
  headers?: Readonly<Record<string, string>>;
  cause?: unknown;
}

/** A refusal that the caller can act on. Thrown anywhere in the service, answered as `application/problem+json`. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly code: ProblemCode;
  /** Read by Fastify. */
  readonly statusCode: number;
  readonly issues: readonly Issue[];
  readonly headers: Readonly<Record<string, string>>;

  constructor(code: ProblemCode, detail: string, { issues = [], headers = {}, cause }: ProblemExtras = {}) {
    super(detail, { cause });
    this.code = code;
    this.statusCode = PROBLEMS[code].status;
    this.issues = issues;
    this.headers = headers;
  }
}

/** The refusal that an error is; undefined for any other error. */
export function asProblem(error: unknown): ApiProblem | undefined {
  if (error instanceof ApiProblem) return error;
  if (!(error instanceof InputRefused)) return undefined;
  return new ApiProblem(error.code, error.message, { issues: error.issues, cause: error });
}

export interface ProblemContext {
  /** Address without its query: a query may hold a secret. */
  path: string;
  requestId: string;
  nowMs: number;
}

export const PROBLEM_MEDIA_TYPE = 'application/problem+json; charset=utf-8';

export function toProblem(problem: ApiProblem, { path, requestId, nowMs }: ProblemContext): Problem {
  const { status, title } = PROBLEMS[problem.code];
  return {
    type: problemType(problem.code),
    title,
    status,
    detail: problem.message,
    code: problem.code,
    hint: PROBLEMS[problem.code].hint,
    requestId,
    issues: [...problem.issues],
    error: STATUS_CODES[status] ?? title,
    message: problem.message,
    path,
    timestamp: new Date(nowMs).toISOString(),
  };
}

/** A name, not an address: it stays the same wherever the documentation moves. */
function problemType(code: ProblemCode): string {
  return `urn:cloudtask:problem:${code.toLowerCase().replaceAll('_', '-')}`;
}

export function tooManyAttempts(retryAfterMs: number): ApiProblem {
  const seconds = Math.max(1, Math.ceil(retryAfterMs / 1000));
  return new ApiProblem('TOO_MANY_ATTEMPTS', `Too many attempts. Try again in ${seconds} s.`, {
    headers: { 'retry-after': String(seconds) },
  });
}

export function overloaded(what: string): ApiProblem {
  return new ApiProblem('OVERLOADED', `The server has too many ${what} to do just now. Try again in a moment.`, {
    headers: { 'retry-after': '2' },
  });
}

export function jobNotFound(id: string): ApiProblem {
  return new ApiProblem('JOB_NOT_FOUND', `There is no job ${JSON.stringify(id.slice(0, 100))} of yours.`);
}

export function scheduleNotFound(ref: string): ApiProblem {
  return new ApiProblem('SCHEDULE_NOT_FOUND', `There is no schedule ${JSON.stringify(ref.slice(0, 100))} of yours.`);
}

/** `ended`: it was there. */
export function workerNotFound(id: number | string, ended?: { name: string; state: string }): ApiProblem {
  const what = `worker ${JSON.stringify(String(id).slice(0, 100))}`;
  const detail = ended ? `The ${what} (${ended.name}) has ended: it is ${ended.state}.` : `There is no ${what}.`;
  return new ApiProblem('WORKER_NOT_FOUND', detail);
}

export function invalidSchedule(issues: readonly Issue[]): ApiProblem {
  const [first] = issues;
  return new ApiProblem('INVALID_SCHEDULE', `${first?.path} ${first?.message}.`, { issues });
}

export function keyReused(): ApiProblem {
  const detail = 'This idempotency key was used for a job with another body in the last 24 hours.';
  return new ApiProblem('IDEMPOTENCY_KEY_REUSED', detail);
}
