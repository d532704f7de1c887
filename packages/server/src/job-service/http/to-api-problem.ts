import { DatabaseUnavailable } from '@cloudtask/core/database/database';
import type { FastifyRequest } from 'fastify';
import { ApiProblem, asProblem } from '../problem.ts';
import type { ProblemCode } from '../problem-table.ts';

/** Turns whatever a request ended with into a refusal that says nothing about the inside of the server. */
export function toApiProblem(error: unknown, request: FastifyRequest): ApiProblem {
  const known = asProblem(error);
  if (known) return known;
  if (error instanceof DatabaseUnavailable) {
    return new ApiProblem('DATABASE_UNAVAILABLE', 'The database cannot be reached just now. Try again in a moment.', {
      headers: { 'retry-after': '2' },
      cause: error,
    });
  }
  return (
    fromFramework(error, request) ?? new ApiProblem('INTERNAL_ERROR', 'The server could not do this.', { cause: error })
  );
}

function fromFramework(error: unknown, request: FastifyRequest): ApiProblem | undefined {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return bodyTooLarge(request);
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
    case 'FST_ERR_CTP_INVALID_TYPE':
    case 'FST_ERR_CTP_EMPTY_TYPE':
      return new ApiProblem('UNSUPPORTED_MEDIA_TYPE', `${given(request)} Send application/json.`);
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return new ApiProblem('BAD_REQUEST', 'The body does not have the size that Content-Length says.');
    case 'FST_ERR_CTP_INVALID_JSON_BODY':
    case 'FST_ERR_CTP_EMPTY_JSON_BODY':
      return new ApiProblem('INVALID_JSON', 'The body is not valid JSON.');
    case 'FST_ERR_BAD_URL':
      return new ApiProblem('BAD_REQUEST', 'The address is not encoded correctly.');
    case 'FST_ERR_NOT_FOUND':
      return new ApiProblem('NOT_FOUND', 'There is nothing at this address.');
    default:
      return byStatus(error);
  }
}

// A client that goes away in the middle of its body, and the like: Fastify gives these a 4xx status and no code of its own.
function byStatus(error: unknown): ApiProblem | undefined {
  const status = error instanceof Error && 'statusCode' in error ? error.statusCode : undefined;
  const codes: Partial<Record<number, ProblemCode>> = {
    400: 'BAD_REQUEST',
    408: 'REQUEST_TIMEOUT',
    414: 'URI_TOO_LONG',
  };
  const code = typeof status === 'number' ? codes[status] : undefined;
  return code && new ApiProblem(code, 'The request could not be read.', { cause: error });
}

function bodyTooLarge(request: FastifyRequest): ApiProblem {
  const limit = request.routeOptions.bodyLimit;
  const length = request.headers['content-length'];
  const size = length === undefined ? `more than ${limit}` : length;
  return new ApiProblem('BODY_TOO_LARGE', `The body has ${size} bytes; ${limit} are allowed here.`);
}

function given(request: FastifyRequest): string {
  const type = request.headers['content-type'];
  return type === undefined
    ? 'The body has no Content-Type.'
    : `${JSON.stringify(type.slice(0, 100))} is not supported.`;
}
