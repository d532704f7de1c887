import type { Problem } from './contract.ts';
import {
  APIError,
  type APIErrorDetails,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  NotFoundError,
  PayloadTooLargeError,
  PermissionDeniedError,
  RateLimitError,
  ServerError,
  ValidationError,
} from './errors.ts';
import { retryAfterMs } from './retry.ts';

/** The error for an answer that was not a success, whoever sent it: the server's problem document or a proxy's page. */
export function toAPIError(status: number, headers: Headers, text: string): APIError {
  const body = readBody(text);
  const problem: Partial<Problem> = typeof body === 'object' && body !== null ? body : {};
  const details: APIErrorDetails = {
    status,
    headers,
    body,
    code: problem.code ?? `HTTP_${status}`,
    retryable: status === 408 || status === 429 || status >= 500,
    requestId: problem.requestId ?? headers.get('x-request-id'),
    hint: problem.hint,
    issues: Array.isArray(problem.issues) ? problem.issues : [],
  };
  const message = problem.detail ?? problem.message ?? problem.title ?? `the server answered ${status}`;
  if (status === 429) return new RateLimitError(message, { ...details, retryAfterMs: retryAfterMs(headers) });
  const ErrorClass = BY_STATUS[status] ?? (status >= 500 ? ServerError : APIError);
  return new ErrorClass(message, details);
}

const BY_STATUS: Record<number, new (message: string, details: APIErrorDetails) => APIError> = {
  400: BadRequestError,
  401: AuthenticationError,
  403: PermissionDeniedError,
  404: NotFoundError,
  409: ConflictError,
  413: PayloadTooLargeError,
  422: ValidationError,
};

function readBody(text: string): Partial<Problem> | string | null {
  if (text === '') return null;
  try {
    return JSON.parse(text) as Partial<Problem>;
  } catch {
    return text;
  }
}
