import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

// In the published package the pages lie in it; in the repository they are at its top.
const FOLDERS = ['../docs/', '../../../docs/'].map((path) => fileURLToPath(new URL(path, import.meta.url)));

/** The pages that came with this version: name and text. */
export async function readDocs(): Promise<Map<string, string>> {
  for (const folder of FOLDERS) {
    const names = await readdir(folder).catch(() => []);
    const pages = names.filter((name) => name.endsWith('.md')).sort();
    if (pages.length === 0) continue;
    const texts = await Promise.all(pages.map((name) => readFile(`${folder}${name}`, 'utf8')));
    return new Map(pages.map((name, at) => [name.replace(/\.md$/, ''), texts[at] ?? '']));
  }
  return new Map();
}

export interface CodeInfo {
  code: string;
  status: number | null;
  what: string;
  /** What to do. */
  help: string;
}

/** The rows of the tables of codes: of errors (`code | status | what | what to do`) and of explain (`code | what | what helps`). */
export function codesIn(page: string): CodeInfo[] {
  return page.split('\n').flatMap((line) => {
    const [code, ...rest] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    const name = /^`([A-Z][A-Z0-9_]+)`$/.exec(code ?? '')?.[1];
    if (name === undefined) return [];
    const status = rest.length === 3 ? Number(rest[0]) : null;
    return [{ code: name, status, what: rest.at(-2) ?? '', help: rest.at(-1) ?? '' }];
  });
}
