import { traceparentOf } from '@cloudtask/core/tracing/traceparent';
import type { FastifyInstance } from 'fastify';

declare module 'fastify' {
  interface FastifyRequest {
    /** The trace that the caller is in: of the active span of an instrumented server, or else of its W3C header. */
    traceparent: string | undefined;
  }
}

/** Before every other hook: their log lines name the trace too. */
export function readTraces(app: FastifyInstance): void {
  app.decorateRequest('traceparent', undefined);
  app.addHook('onRequest', (request, _reply, done) => {
    request.traceparent = traceparentOf(request.headers['traceparent']);
    done();
  });
}
