import { setTimeout as pause } from 'node:timers/promises';

/** Whether it is done in that time. It is not stopped when it is not. */
export async function within(ms: number, done: Promise<void>): Promise<boolean> {
  const timer = new AbortController();
  const late = pause(ms, false, { signal: timer.signal }).catch(() => false);
  const isDone = await Promise.race([done.then(() => true), late]);
  timer.abort();
  return isDone;
}
