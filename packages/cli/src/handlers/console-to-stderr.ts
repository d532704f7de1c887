import { Console } from 'node:console';
import type { Surroundings } from '../surroundings.ts';

/** While `work` runs, what a handler prints is conversation: stdout is for its result. */
export async function withConsoleOnStderr<T>(
  { stderr }: Pick<Surroundings, 'stderr'>,
  work: () => Promise<T>,
): Promise<T> {
  const before = globalThis.console;
  globalThis.console = new Console(stderr, stderr);
  try {
    return await work();
  } finally {
    globalThis.console = before;
  }
}
