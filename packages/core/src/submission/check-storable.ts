import type { Issue } from '@cloudtask/sdk/contract';
import { pointer } from './json-pointer.ts';

const MAX_DEPTH = 32;
const MAX_KEYS = 10_000;

/**
 * The first place in a JSON value that PostgreSQL, or JavaScript on the way back, could not hold: too deep, too many
 * members, a NUL, half a surrogate pair. One bounded pass, so that no value is too deep for it.
 */
export function findUnstorable(value: unknown, path: string): Issue | undefined {
  const issue = visit(value, 0, { keys: 0 });
  return issue && { path: path + issue.path, message: issue.message };
}

/** Paths are put together on the way back from a finding: nearly every value has none. */
function visit(value: unknown, depth: number, seen: { keys: number }): Issue | undefined {
  if (typeof value === 'string') return checkText(value, '');
  if (typeof value !== 'object' || value === null) return undefined;
  if (depth === MAX_DEPTH) return { path: '', message: `nested deeper than the ${MAX_DEPTH} levels that are allowed` };
  return Array.isArray(value) ? visitArray(value, depth, seen) : visitObject(value, depth, seen);
}

function visitArray(values: unknown[], depth: number, seen: { keys: number }): Issue | undefined {
  for (let index = 0; index < values.length; index += 1) {
    const issue = visit(values[index], depth + 1, seen);
    if (issue) return { path: `/${index}${issue.path}`, message: issue.message };
  }
  return undefined;
}

function visitObject(value: object, depth: number, seen: { keys: number }): Issue | undefined {
  for (const [key, member] of Object.entries(value)) {
    seen.keys += 1;
    if (seen.keys > MAX_KEYS) return { path: '', message: `more than the ${MAX_KEYS} members that are allowed` };
    const issue = checkText(key, '') ?? visit(member, depth + 1, seen);
    if (issue) return { path: pointer('', key) + issue.path, message: issue.message };
  }
  return undefined;
}

export function checkText(text: string, path: string): Issue | undefined {
  if (text.includes('\0')) return { path, message: 'holds a NUL character' };
  if (!text.isWellFormed()) return { path, message: 'holds half of a surrogate pair' };
  return undefined;
}
