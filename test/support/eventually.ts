import { setTimeout } from 'node:timers/promises';
import { inspect } from 'node:util';

export interface EventuallyOptions {
  timeoutMs?: number;
  intervalMs?: number;
  /** What is waited for; or a function that shows the state of the world when the deadline has passed. */
  describe?: string | (() => unknown);
}

/**
 * Waits until `check` returns something truthy, and returns it. A check that throws (an `expect`, a refused connection) is
 * asked again. At the deadline it throws what was last seen.
 */
export async function eventually<T>(
  check: () => T | Promise<T>,
  { timeoutMs = 10_000, intervalMs = 25, describe = 'the condition' }: EventuallyOptions = {},
): Promise<Truthy<T>> {
  const deadline = Date.now() + timeoutMs;
  let last: Seen = { kind: 'nothing' };
  for (;;) {
    const seen = await within(deadline, look(check));
    if (seen.kind === 'value' && seen.value) return seen.value as Truthy<T>;
    if (seen.kind !== 'nothing') last = seen;
    if (Date.now() >= deadline) throw await tooLate(describe, timeoutMs, last);
    await setTimeout(Math.min(intervalMs, Math.max(0, deadline - Date.now())));
  }
}

/** What a truthy answer can still be. */
type Truthy<T> = Exclude<T, false | 0 | 0n | '' | null | undefined>;

type Seen = { kind: 'nothing' } | { kind: 'value'; value: unknown } | { kind: 'error'; error: unknown };
const nothing: Seen = { kind: 'nothing' };

async function look(check: () => unknown): Promise<Seen> {
  try {
    return { kind: 'value', value: await check() };
  } catch (error) {
    return { kind: 'error', error };
  }
}

async function tooLate(describe: string | (() => unknown), timeoutMs: number, last: Seen): Promise<Error> {
  const [what, world] =
    typeof describe === 'string' ? [describe, ''] : ['the condition', `; the state was ${show(await describe())}`];
  const seen = {
    nothing: () => 'the check never answered',
    value: () => `last seen: ${show((last as { value: unknown }).value)}`,
    error: () => `last error: ${show((last as { error: unknown }).error)}`,
  }[last.kind]();
  return new Error(`waited ${timeoutMs} ms for ${what}; ${seen}${world}`, {
    cause: last.kind === 'error' ? last.error : undefined,
  });
}

function show(value: unknown): string {
  return value instanceof Error ? value.message : inspect(value, { depth: 5, breakLength: 120 });
}

async function within(deadline: number, answer: Promise<Seen>): Promise<Seen> {
  // The timer must go with the answer, or it would hold the process until the deadline.
  const answered = new AbortController();
  const tooLong = setTimeout(Math.max(0, deadline - Date.now()), nothing, { signal: answered.signal });
  tooLong.catch(() => {});
  const first = await Promise.race([answer, tooLong]);
  answered.abort();
  return first;
}
