import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Fitted } from './fit-existing.ts';
import type { ProjectFiles } from './project-files.ts';

/**
 * The routes where this application of Next.js has its own: with an `app` beside `src`, Next.js would no longer look into
 * `src/app`. A page and its layout are for an application that has none.
 */
export function fitNextApp(folder: string, files: ProjectFiles): Fitted {
  const has = (path: string) => existsSync(join(folder, path));
  const isBelowSrc = !has('app') && !has('pages') && (has('src/app') || has('src/pages'));
  const moved = isBelowSrc ? new Map([...files].map(([path, text]) => [belowSrc(path), fromSrc(path, text)])) : files;
  if (!isBelowSrc && !has('app') && !has('pages')) return { files: moved, leftOut: [] };
  const leftOut = [...moved.keys()].filter((path) => /^(src\/)?app\/(page|layout)\.tsx$/.test(path));
  return { files: new Map([...moved].filter(([path]) => !leftOut.includes(path))), leftOut };
}

function belowSrc(path: string): string {
  return path.startsWith('app/') ? `src/${path}` : path;
}

/** What is imported stays as many folders away from `src` as it was from the root. */
function fromSrc(path: string, text: string): string {
  if (path.startsWith('app/')) return text.replaceAll('../src/', '../');
  return path.startsWith('test/') ? text.replaceAll('../app/', '../src/app/') : text;
}
