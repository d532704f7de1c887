import { readFile } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { ProjectFiles } from './project-files.ts';

export interface Fitted {
  files: ProjectFiles;
  /** Paths that are not written, because they would not work beside files that are there. */
  leftOut: string[];
}

/** What a project that is there can take: nothing that imports a file which is not what we would have written. */
export async function fitExisting(folder: string, files: ProjectFiles): Promise<Fitted> {
  const theirs = new Set<string>();
  for (const [path, text] of files) {
    const there = await readFile(join(folder, path), 'utf8').catch(() => undefined);
    if (there !== undefined && there !== text) theirs.add(path);
  }
  const left = new Set<string>();
  const isStranded = ([path, text]: [string, string]) =>
    !theirs.has(path) && importsOf(path, text).some((each) => theirs.has(each) || left.has(each));
  for (let before = -1; before < left.size; ) {
    before = left.size;
    for (const file of files) if (isStranded(file)) left.add(file[0]);
  }
  return { files: new Map([...files].filter(([path]) => !left.has(path))), leftOut: [...left].sort() };
}

function importsOf(path: string, text: string): string[] {
  return Array.from(text.matchAll(/from '(\.[^']*)'/g), ([, module = '']) => posix.join(posix.dirname(path), module));
}
