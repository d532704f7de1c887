import type { ReadStream, WriteStream } from 'node:tty';
import type { Config } from '@oclif/core/interfaces';

/** Everything outside of the command that it may look at or write to. */
export interface Surroundings {
  env: Record<string, string | undefined>;
  cwd: string;
  home: string;
  stdin: ReadStream;
  stdout: WriteStream;
  stderr: WriteStream;
}

// The framework makes the commands and hands them nothing but its configuration.
const lent = new WeakMap<Config, Surroundings>();

export function lendSurroundings(config: Config, surroundings: Surroundings): void {
  lent.set(config, surroundings);
}

export function surroundingsOf(config: Config): Surroundings {
  const surroundings = lent.get(config);
  if (!surroundings) throw new Error('a command was run without main()');
  return surroundings;
}
