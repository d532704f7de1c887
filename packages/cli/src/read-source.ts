import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { usageError } from './errors/cli-error.ts';
import { readStdin } from './read-stdin.ts';
import type { ReadSource } from './submit/fields.ts';
import type { Surroundings } from './surroundings.ts';

/** Files, and stdin for `-`: once, because a pipe can be read only once. */
export function sourceReader({ cwd, stdin }: Pick<Surroundings, 'cwd' | 'stdin'>): ReadSource {
  let isStdinRead = false;
  return async (path) => {
    if (path === '-') {
      if (isStdinRead) throw usageError('stdin can be read only once');
      isStdinRead = true;
      return readStdin(stdin);
    }
    try {
      return await readFile(resolve(cwd, path), 'utf8');
    } catch (error) {
      throw usageError(`cannot read ${path}`, { why: (error as Error).message });
    }
  };
}
