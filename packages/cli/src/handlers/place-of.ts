import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import type { ProjectHandler } from '../import-worker.ts';

/** Where a handler is written. */
export interface Place {
  /** Seen from here; null for one that is made in code. */
  file: string | null;
  line: number | null;
}

/** The line of its file that names its type, else the one that defines a handler. */
export async function placeOf({ file, ownType }: ProjectHandler, cwd: string): Promise<Place> {
  if (file === null) return { file: null, line: null };
  const lines = (await readFile(file, 'utf8')).split('\n');
  const names = [`'${ownType}'`, `"${ownType}"`, `\`${ownType}\``];
  const byType = lines.findIndex((line) => names.some((name) => line.includes(name)));
  const at = byType < 0 ? lines.findIndex((line) => line.includes('defineHandler(')) : byType;
  return { file: relative(cwd, file) || file, line: at < 0 ? 1 : at + 1 };
}

export function placeText({ file, line }: Place, source: string): string {
  return file === null ? source : `${file}:${line}`;
}
