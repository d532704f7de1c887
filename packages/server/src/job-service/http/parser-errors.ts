import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Clock } from '@cloudtask/core/clock';
import { ApiProblem, PROBLEM_MEDIA_TYPE, toProblem } from '../problem.ts';

interface ParserError extends Error {
  code?: string;
}

/** Answers what Node's HTTP parser refuses before there is a request. */
export function parserErrorHandler(clock: Clock, newRequestId: () => string) {
  return (error: ParserError, socket: Socket): void => {
    if (error.code === 'ECONNRESET' || !socket.writable) {
      socket.destroy();
      return;
    }
    const { status, reason, headers, body } = answer(toParserProblem(error), clock, newRequestId());
    const head = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    socket.end(`HTTP/1.1 ${status} ${reason}\r\n${head.join('')}connection: close\r\n\r\n${body}`);
  };
}

/** Node answers an unknown `Expect` with an empty 417. */
export function refuseExpectations(server: Server, clock: Clock, newRequestId: () => string): void {
  server.on('checkExpectation', (_request: IncomingMessage, response: ServerResponse) => {
    const problem = new ApiProblem('EXPECTATION_FAILED', 'Only "Expect: 100-continue" is understood.');
    const { status, headers, body } = answer(problem, clock, newRequestId());
    response.writeHead(status, headers).end(body);
  });
}

function toParserProblem(error: ParserError): ApiProblem {
  switch (error.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new ApiProblem('HEADERS_TOO_LARGE', 'The headers are larger than 16 KiB.');
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new ApiProblem('REQUEST_TIMEOUT', 'The request did not arrive in time.');
    default:
      return new ApiProblem('BAD_REQUEST', 'This is not a valid HTTP/1.1 request.');
  }
}

function answer(problem: ApiProblem, clock: Clock, requestId: string) {
  const document = toProblem(problem, { path: '', requestId, nowMs: clock.now() });
  const body = JSON.stringify(document);
  return {
    status: document.status,
    reason: document.error,
    body,
    headers: {
      'content-type': PROBLEM_MEDIA_TYPE,
      'content-length': String(Buffer.byteLength(body)),
      'x-content-type-options': 'nosniff',
      'x-request-id': requestId,
    },
  };
}
