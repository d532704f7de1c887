import type { CloudTask } from '@cloudtask/sdk';
import { usageError } from '../errors/cli-error.ts';
import { readStdin } from '../read-stdin.ts';
import { folderOf } from '../settings/profile.ts';
import type { Surroundings } from '../surroundings.ts';
import { resolveRef } from './resolve-ref.ts';

/** The ids that the words of a command line mean; `-` takes one a line from stdin. Each once, in order. */
export async function refsOf(
  { ct, surroundings }: { ct: CloudTask; surroundings: Surroundings },
  words: readonly string[],
): Promise<string[]> {
  const refs: string[] = [];
  for (const word of words) {
    if (word === '-') refs.push(...(await readStdin(surroundings.stdin)).split(/\s+/).filter((line) => line !== ''));
    else refs.push(word);
  }
  if (refs.length === 0) throw usageError('which job?', { why: 'stdin named none.' });
  const ids: string[] = [];
  for (const ref of refs) ids.push(await resolveRef({ ct, folder: folderOf(surroundings) }, ref));
  return [...new Set(ids)];
}
