import type { FastifyRequest } from 'fastify';
import { ApiProblem } from './problem.ts';

/** The key of the `Idempotency-Key` header, when there is one. */
export function idempotencyKeyOf(request: FastifyRequest): string | undefined {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return undefined;
  if (typeof key === 'string' && /^[\x20-\x7e]{1,200}$/.test(key)) return key;
  throw new ApiProblem('INVALID_IDEMPOTENCY_KEY', 'Idempotency-Key must have 1 to 200 printable ASCII characters.');
}
