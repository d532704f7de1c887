import {
  APIError,
  AuthenticationError,
  CloudTaskError,
  ConnectionError,
  type Issue,
  JobFailedError,
  NotFoundError,
  PayloadValidationError,
  PermissionDeniedError,
  RateLimitError,
  ServerError,
  WaitTimeoutError,
} from '@cloudtask/sdk';
import { shortRef } from '../views/status.ts';
import { adviceFor } from './advice.ts';
import { CliError } from './cli-error.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import { type Called, isParserError, toUsageError } from './parser-error.ts';

/** An error as it is shown: to people on four lines, to programs as one object. */
export interface Report {
  code: string;
  message: string;
  why: string | null;
  tryThis: string | null;
  status: number | null;
  requestId: string | null;
  retryable: boolean;
  issues: readonly Issue[];
  exit: ExitCode;
  /** Only for what should never happen: shown with `--debug`. */
  stack: string | null;
}

export function toReport(error: unknown, called: Called = { command: '', flags: [], usage: '' }): Report {
  if (isParserError(error)) return toReport(toUsageError(error, called));
  if (error instanceof CliError) {
    const { code, message, exit, why = null } = error;
    // Whoever calls a command wrongly finds in its help how it is called.
    const help = exit === EXIT.usage && called.command !== '' ? `cloudtask help ${called.command}` : null;
    return { ...EMPTY, code, message, exit, why, tryThis: error.tryThis ?? help };
  }
  if (error instanceof JobFailedError) return ofFailedJob(error);
  if (error instanceof CloudTaskError) {
    const { code, message, retryable, requestId } = error;
    const status = error instanceof APIError ? error.status : null;
    const issues = error instanceof APIError || error instanceof PayloadValidationError ? error.issues : [];
    return { ...EMPTY, code, message, retryable, requestId, status, issues, exit: exitOf(error), ...adviceFor(error) };
  }
  const { message, stack = null } = error instanceof Error ? error : new Error(String(error));
  return { ...EMPTY, code: 'UNEXPECTED', message, stack, why: 'This is a bug in cloudtask.' };
}

function ofFailedJob({ code, job }: JobFailedError): Report {
  const error = job.error === null ? '' : `: ${job.error.message}`;
  const message = `${job.type} ${shortRef(job.id)} ended ${job.status}${error}`;
  const tryThis = `cloudtask ${job.status === 'FAILED' ? 'logs' : 'jobs show'} ${shortRef(job.id)}`;
  const why = job.status === 'FAILED' ? `It was tried ${job.attempt} of ${job.maxAttempts} times.` : null;
  return { ...EMPTY, code, message, why, tryThis, exit: EXIT.jobFailed };
}

const EMPTY: Report = {
  code: 'UNEXPECTED',
  message: '',
  why: null,
  tryThis: null,
  status: null,
  requestId: null,
  retryable: false,
  issues: [],
  exit: EXIT.other,
  stack: null,
};

function exitOf(error: CloudTaskError): ExitCode {
  if (error instanceof WaitTimeoutError) return EXIT.notFinished;
  if (error instanceof AuthenticationError || error instanceof PermissionDeniedError) return EXIT.notSignedIn;
  if (error instanceof NotFoundError) return EXIT.notFound;
  if (error instanceof RateLimitError || error instanceof ServerError || error instanceof ConnectionError) {
    return EXIT.unreachable;
  }
  if (error instanceof APIError || error instanceof PayloadValidationError) return EXIT.refused;
  return EXIT.other;
}
