import { type TSchema, Type } from 'typebox';

/** Answers of a route for the reference: what it gives, and that everything else is a problem document. */
export function answers(good: Record<number, TSchema>): Record<string, TSchema> {
  const problem = { content: { 'application/problem+json': { schema: refTo('Problem') } }, description: 'A refusal' };
  // Fastify passes `content` through to the reference; it is no TypeBox schema.
  return { ...good, '4xx': problem as unknown as TSchema, '5xx': problem as unknown as TSchema };
}

/** By name, so that the reference shows each shape once. */
export function refTo(
  id: 'FailureCause' | 'Job' | 'JobAction' | 'JobAttempt' | 'JobLog' | 'Problem' | 'Schedule' | 'Session',
): TSchema {
  return Type.Unsafe({ $ref: `${id}#` });
}
