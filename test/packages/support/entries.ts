import { globSync, readFileSync } from 'node:fs';
import path from 'node:path';

// Programs and threads: they start something when they are loaded, and have no business in a user's program.
const PROGRAMS = /^@cloudtask\/core\/database\/(build-seed|pglite-worker)$/;

/** Every path under which something of an installed package can be imported, patterns filled in. */
export function entriesOf(project: string, name: string): string[] {
  const folder = path.join(project, 'node_modules/@cloudtask', name);
  const { exports } = JSON.parse(readFileSync(path.join(folder, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { default: string }>;
  };
  return Object.entries(exports)
    .flatMap(([entry, target]) => {
      const file = typeof target === 'string' ? target : target.default;
      if (!entry.includes('*')) return [entry];
      const [before = '', after = ''] = file.slice(2).split('*');
      const files = globSync(`${before}**/*${after}`, { cwd: folder });
      return files.map((found) => entry.replace('*', found.slice(before.length, found.length - after.length)));
    })
    .map((entry) => path.posix.join('@cloudtask', name, entry))
    .filter((entry) => !PROGRAMS.test(entry));
}
