import type { ReadStream, WriteStream } from 'node:tty';

/** Everything outside of the command that it may look at or write to. */
export interface Surroundings {
  env: Record<string, string | undefined>;
  cwd: string;
  home: string;
  stdin: ReadStream;
  stdout: WriteStream;
  stderr: WriteStream;
}

// The framework makes the commands and gives them nothing of ours; a process runs one command line.
let lent: Surroundings | undefined;

export function lendSurroundings(surroundings: Surroundings): void {
  lent = surroundings;
}

export function lentSurroundings(): Surroundings {
  if (!lent) throw new Error('a command was run without main()');
  return lent;
}
