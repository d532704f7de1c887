import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** `file:line` where an error of loading was thrown, or where the file that failed is wrong; undefined when nothing tells. */
export function placeOfError(error: unknown, file: string): string | undefined {
  const stack = error instanceof Error ? (error.stack ?? '') : '';
  for (const line of stack.split('\n')) {
    const place = PLACE.exec(line)?.groups;
    if (!place) continue;
    const path = place['url'] ? fileURLToPath(place['url']) : (place['path'] ?? '');
    if (!path.includes('/node_modules/')) return `${path}:${place['line']}`;
  }
  return error instanceof SyntaxError ? placeOfSyntaxError(file) : undefined;
}

/** Node writes that of an error of syntax before the message, and that of any other into the lines of the stack. */
const PLACE =
  /(?:^|[\s(])(?:(?<url>file:\/\/[^\s)]+?)|(?<path>\/[^\s:)]+|[A-Za-z]:\\[^:)]+)):(?<line>\d+)(?::\d+)?\)?$/;

/** Of plain JavaScript it keeps the place to itself, until it is asked in this way. */
function placeOfSyntaxError(file: string): string | undefined {
  const { stderr } = spawnSync(process.execPath, ['--check', file], { encoding: 'utf8', timeout: CHECK_MS });
  return PLACE.test(stderr.split('\n')[0] ?? '') ? stderr.split('\n')[0]?.replace(/^file:\/\//, '') : undefined;
}

const CHECK_MS = 5_000;
