import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Looks in PATH, then in the folders; `*` in a folder stands for a version, newest first. Throws when it is nowhere. */
export function findBinary(name: string, folders: readonly string[]): string {
  const places = [...(process.env.PATH ?? '').split(delimiter), ...folders.flatMap(expand)];
  const found = places.map((place) => join(place, name)).find(isExecutable);
  if (!found) throw new Error(`${name} is not installed (looked in PATH${folders.map((f) => ` and ${f}`).join('')})`);
  return found;
}

function expand(folder: string): string[] {
  const [before, after] = folder.split('*');
  if (before === undefined || after === undefined) return [folder];
  try {
    const versions = readdirSync(before).sort((a, b) => b.localeCompare(a, 'en', { numeric: true }));
    return versions.map((version) => `${before}${version}${after}`);
  } catch {
    return [];
  }
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
