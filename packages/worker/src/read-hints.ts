import type { Hint } from '@cloudtask/core/messages';

/** Parses a message of a `jobs.created` queue. Throws a sentence that says what is wrong with it. */
export function readHints(body: Buffer): Hint[] {
  const message: unknown = JSON.parse(body.toString('utf8'));
  if (typeof message !== 'object' || message === null || !('jobs' in message))
    throw new Error('not a message of hints');
  if (!('v' in message) || message.v !== 1) throw new Error('this version of the message is not known here');
  const { jobs } = message;
  if (!Array.isArray(jobs)) throw new Error('"jobs" is not an array');
  const wrong = jobs.findIndex((hint) => !isHint(hint));
  if (wrong >= 0) throw new Error(`hint ${wrong} has no valid id or no type`);
  return jobs;
}

// The id goes into a statement with many others: one that is no UUID would fail all of them.
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

function isHint(hint: unknown): hint is Hint {
  if (typeof hint !== 'object' || hint === null) return false;
  const { id, type } = hint as Partial<Hint>;
  return typeof id === 'string' && UUID.test(id) && typeof type === 'string';
}
