import type { Clock } from '@cloudtask/core/clock';
import type { Logger } from '@cloudtask/core/logger';
import { traceIdOf } from '@cloudtask/core/tracing/traceparent';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { PROBLEM_MEDIA_TYPE, toProblem } from '../problem.ts';
import { toApiProblem } from './to-api-problem.ts';

export interface AnswerProblem {
  clock: Clock;
  logger: Logger;
}

/** The one place that answers a request with a refusal. */
export function problemAnswerer({ clock, logger }: AnswerProblem) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply => {
    const problem = toApiProblem(error, request);
    const [path = ''] = request.url.split('?', 1);
    if (problem.statusCode >= 500) {
      const { id: requestId, method } = request;
      const traceId = traceIdOf(request.traceparent);
      logger.error({ err: problem.cause ?? problem, requestId, traceId, method, path }, 'a request failed');
    }
    return reply
      .code(problem.statusCode)
      .headers(problem.headers)
      .type(PROBLEM_MEDIA_TYPE)
      .send(JSON.stringify(toProblem(problem, { path, requestId: request.id, nowMs: clock.now() })));
  };
}
