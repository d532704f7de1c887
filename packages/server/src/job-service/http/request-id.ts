import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Unique among all processes, and a counter: random bytes for every request would cost more than routing it. */
export function requestIds(): () => string {
  const process = randomBytes(6).toString('hex');
  let count = 0;
  return () => `req_${process}${(count++).toString(36).padStart(4, '0')}`;
}

/** The id that the caller gave, when it is one that logs can bear; else a new one. */
export function requestIdOf(request: Pick<IncomingMessage, 'headers'>, newId: () => string): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTABLE.test(given) ? given : newId();
}

const ACCEPTABLE = /^[\w.:@/+=-]{1,128}$/;
