import { exemplarOf } from '@cloudtask/core/exemplar';
import { recordedTraceIdOf } from '@cloudtask/core/tracing/traceparent';
import type { FastifyInstance } from 'fastify';
import type { JobServiceMetrics } from '../metrics.ts';

/** Counts and times every answer by its route: a raw path would make a series per job. */
export function measureRequests(
  app: FastifyInstance,
  { requestSeconds }: Pick<JobServiceMetrics, 'requestSeconds'>,
): void {
  app.addHook('onResponse', (request, reply, done) => {
    requestSeconds.observe({
      labels: {
        method: request.method,
        uri: request.is404 ? 'NOT_FOUND' : templateOf(request.routeOptions.url ?? 'UNKNOWN'),
        status: reply.statusCode,
        outcome: outcomeOf(reply.statusCode),
      },
      value: reply.elapsedTime / 1000,
      exemplarLabels: exemplarOf(recordedTraceIdOf(request.traceparent)),
    });
    done();
  });
}

/** As the original writes it: `/jobs/{id}`. */
function templateOf(url: string): string {
  return url.includes(':') ? url.replace(/:(\w+)/g, '{$1}') : url;
}

function outcomeOf(status: number): string {
  if (status < 200) return 'INFORMATIONAL';
  if (status < 300) return 'SUCCESS';
  if (status < 400) return 'REDIRECTION';
  return status < 500 ? 'CLIENT_ERROR' : 'SERVER_ERROR';
}
