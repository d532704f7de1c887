import { readFile } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';

/** A file of the handlers' folder that was loaded for nothing. */
export interface IdleFile {
  file: string;
  /** The names of what it exports. */
  exports: string[];
}

/** What is wrong, and how a handler looks. `file`: as it is to be called. */
export function idleFileText({ exports }: Pick<IdleFile, 'exports'>, file: string): string {
  const what = exports.length === 0 ? 'it exports nothing' : `it exports ${exports.slice(0, 5).join(', ')}`;
  return (
    `${file} exports no handler (${what}): write \`export default defineHandler({ type: '${typeFor(file)}', run: async () => null })\`, ` +
    `or call it _${basename(file)} if it only helps others`
  );
}

function typeFor(file: string): string {
  return basename(file)
    .replace(/\.\w+$/, '')
    .replace(/[^\w.:-]/g, '-');
}

/** Those that nothing explains: a file that begins with `_`, and one that another file of the folder imports, helps others. */
export async function withoutHelpers(idle: readonly IdleFile[], files: readonly string[]): Promise<IdleFile[]> {
  const open = idle.filter(({ file }) => !basename(file).startsWith('_'));
  if (open.length === 0) return [];
  const imported = new Set((await Promise.all(files.map(importedBy))).flat());
  return open.filter(({ file }) => !imported.has(withoutEnding(file)));
}

const IMPORT = /(?:\bfrom|\bimport\s*\(?|\brequire\s*\()\s*['"](\.{1,2}\/[^'"\n]+)['"]/g;

/** By relative paths; a comment that looks like an import counts as one, which only keeps a warning back. */
async function importedBy(file: string): Promise<string[]> {
  const source = await readFile(file, 'utf8');
  return Array.from(source.matchAll(IMPORT), ([, path = '']) => withoutEnding(resolve(dirname(file), path)));
}

// A compiled `.js` is what a `.ts` is imported as, and bundlers leave endings out.
function withoutEnding(path: string): string {
  return path.replace(/\.m?[jt]s$/, '');
}
