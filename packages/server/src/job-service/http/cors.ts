import cors from '@fastify/cors';
import type { FastifyInstance } from 'fastify';

/** Off unless origins are named; then exactly these, without cookies: the API takes tokens only. */
export async function allowOrigins(app: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return;
  await app.register(cors, {
    origin: [...origins],
    credentials: false,
    methods: ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE'],
    // Among them all that the SDK sends: a browser asks before, and sends nothing when one is missing.
    allowedHeaders: [
      'authorization',
      'content-type',
      'idempotency-key',
      'last-event-id',
      'x-request-id',
      'cloudtask-version',
      'user-agent',
      'traceparent',
      'tracestate',
    ],
    exposedHeaders: ['location', 'link', 'idempotency-replayed', 'retry-after', 'unique-conflict', 'x-request-id'],
    maxAge: 600,
    strictPreflight: true,
  });
}
