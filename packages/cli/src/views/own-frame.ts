import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The first line of a stack that lies in the project: `at build (src/handlers/report.ts:21:14)`. */
export function ownFrame(stack: string, folder: string): string | undefined {
  for (const line of stack.split('\n')) {
    const [, name, place = ''] = FRAME.exec(line) ?? [];
    const own = placeIn(folder, place);
    if (own !== undefined) return `at ${name === undefined ? own : `${name} (${own})`}`;
  }
  return undefined;
}

const FRAME = /^\s*at (?:(?:async )?(.+?) \()?((?:file:\/\/)?\/[^()]+:\d+:\d+|[A-Za-z]:\\[^()]+:\d+:\d+)\)?$/;

function placeIn(folder: string, place: string): string | undefined {
  const [, file, position] = /^(.+?)((?::\d+){2})$/.exec(place) ?? [];
  if (file === undefined || position === undefined) return undefined;
  const path = relative(folder, file.startsWith('file:') ? fileURLToPath(file) : file);
  return path.startsWith('..') || path.includes('node_modules') ? undefined : path + position;
}
