import { readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ProjectHandler } from '../import-worker.ts';

/** Where a handler is written. */
export interface Place {
  /** Seen from here; null for one that is made in code. */
  file: string | null;
  line: number | null;
}

/** The line of its file that gives it its type, else the one that exports it, else one that names the type or defines a handler. */
export async function placeOf({ file, ownType, handler }: ProjectHandler, cwd: string): Promise<Place> {
  if (file === null) return { file: null, line: null };
  const lines = (await readFile(file, 'utf8')).split('\n');
  const texts = [`'${ownType}'`, `"${ownType}"`, `\`${ownType}\``];
  const name = await exportedAs(handler, file);
  const looks: ((line: string) => boolean)[] = [
    (line) => texts.some((text) => line.includes(`type: ${text}`)),
    (line) => name !== undefined && exportOf(name).test(line),
    (line) => texts.some((text) => line.includes(text)),
    (line) => line.includes('defineHandler('),
  ];
  const at = looks.map((look) => lines.findIndex(look)).find((index) => index >= 0) ?? 0;
  return { file: relative(cwd, file) || file, line: at + 1 };
}

/** The name under which its file exports it: the file was loaded before. One with a prefix is another object, and runs the same. */
async function exportedAs({ run }: ProjectHandler['handler'], file: string): Promise<string | undefined> {
  const exported = (await import(pathToFileURL(file).href)) as Record<string, { run?: unknown } | null>;
  return Object.keys(exported).find((name) => exported[name]?.run === run);
}

function exportOf(name: string): RegExp {
  if (name === 'default') return /^\s*export default\b|\bas default\b/;
  return new RegExp(`\\b(?:const|let|var|as) ${name.replaceAll('$', '\\$')}(?![\\w$])`);
}

export function placeText({ file, line }: Place, source: string): string {
  return file === null ? source : `${file}:${line}`;
}
