import { usageError } from '../errors/cli-error.ts';
import { isJobId } from './is-job-id.ts';

/** Ids of jobs from a file: one a line, bare or in JSON. */
export interface ReadIds {
  /** Each once, in order. */
  ids: string[];
  /** Lines that say that a job was refused: there is none to look for. */
  refused: number;
}

/** What `submit` prints in its forms: ids, jobs, and outcomes of many; empty lines count for nothing. */
export function readIds(text: string, name: string): ReadIds {
  const ids = new Set<string>();
  let refused = 0;
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const found = idIn(line.trim());
    if (found === 'refused') refused += 1;
    else if (found !== undefined && isJobId(found)) ids.add(found.toLowerCase());
    else throw notAnId(name, at + 1);
  }
  if (ids.size === 0) throw usageError(`${name} names no job`, { tryThis: 'cloudtask help verify' });
  return { ids: [...ids], refused };
}

function idIn(line: string): string | 'refused' | undefined {
  if (!/^[{"]/.test(line)) return line.split('\t')[0];
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof value === 'string') return value;
  const { id, ok, job } = value as { id?: unknown; ok?: unknown; job?: { id?: unknown } | null };
  if (ok === false) return 'refused';
  const found = id ?? job?.id;
  return typeof found === 'string' ? found : undefined;
}

// The line itself is not repeated: it may be a payload.
function notAnId(name: string, line: number): Error {
  return usageError(`line ${line} of ${name} is no id of a job`, {
    why: 'A line is an id, or JSON with an id: what submit prints with -o id or -o jsonl.',
  });
}
