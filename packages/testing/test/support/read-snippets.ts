import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

const root = path.join(import.meta.dirname, '../../../..');

/** A piece of code that users read. */
export interface Snippet {
  /** `docs/sdk.md:29`: where it begins. */
  place: string;
  code: string;
  /** The file that the page says it is, if it says so: other snippets of the page import it. */
  file?: string;
}

/** Every ```ts block of a page. The file is named by a first comment, or by the last path before the block. */
export function snippetsOf(page: string): Snippet[] {
  const text = read(page);
  return Array.from(text.matchAll(/^```ts\n(.*?)^```$/gms), (match) => {
    const before = text.slice(0, match.index);
    const code = match[1] ?? '';
    const paragraph = before.trimEnd().split('\n\n').at(-1) ?? '';
    const file = /^\/\/ (\S+\.ts)\n/.exec(code)?.[1] ?? /^[^`]*`([\w./-]+\/[\w-]+\.ts)`/.exec(paragraph)?.[1];
    return { place: `${page}:${before.split('\n').length}`, code, ...(file !== undefined && { file }) };
  });
}

/** Every `@example` of the sources that are published. */
export function examples(): Snippet[] {
  const files = globSync('packages/{sdk,worker,testing,server}/src/**/*.ts', { cwd: root }).sort();
  return files.flatMap((file) => {
    const text = read(file);
    return Array.from(text.matchAll(/^ *\* @example\n(.*?)(?=^ *\* @|^ *\*\/)/gms), (match) => ({
      place: `${file}:${text.slice(0, match.index).split('\n').length}`,
      code: (match[1] ?? '').replace(/^ *\* ?/gm, ''),
    }));
  });
}

export function read(file: string): string {
  return readFileSync(path.join(root, file), 'utf8');
}
