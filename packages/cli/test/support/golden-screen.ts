import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'vitest';

/**
 * The screen is the one in `test/screens/<name>.txt`, but for what is another one each time: ids, times and how long things took.
 * `CLOUDTASK_UPDATE_SCREENS=1` writes the files anew; look at what changed before it is committed.
 */
export async function expectScreen(name: string, lines: readonly string[]): Promise<void> {
  const path = fileURLToPath(new URL(`../screens/${name}.txt`, import.meta.url));
  const shown = `${lines.map(normal).join('\n')}\n`;
  if (process.env.CLOUDTASK_UPDATE_SCREENS) {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, shown);
  }
  expect(shown).toBe(await readFile(path, 'utf8').catch(() => 'there is no such file yet'));
}

/** Boxes are closed on the right, line by line: what a wrong width breaks first. */
export function expectAlignedBoxes(lines: readonly string[]): void {
  const ragged: string[] = [];
  let width = 0;
  for (const line of lines) {
    if (line.startsWith('╭')) width = line.length;
    if (/^[╭│╰]/.test(line) && line.length !== width) ragged.push(line);
  }
  expect(ragged).toEqual([]);
}

// Lengths change with what is replaced: runs of spaces, borders and bars are one.
function normal(line: string): string {
  return line
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<id>')
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{8}\b/g, '<ref>')
    .replace(/\d\d:\d\d:\d\d(?: +[▇·]+(?= ))?/g, (found) => (found.length > 8 ? '<time> <bar>' : '<time>'))
    .replace(/RetryLater: .*?(?= *│)/g, 'RetryLater: <why>')
    .replace(/█{8}.*?(?= *│)/g, '<progress>')
    .replace(/[▁▂▃▄▅▆▇█]{2,}(?= {2})/g, '<rates>')
    .replace(/\b\d+(\.\d+)?(ms|s|m|h)( \d+s)?\b/g, '<while>')
    .replace(/\b[\d.]+\/s/g, '<rate>/s')
    .replace(/ [\w.-]+:\d+ /g, ' <worker> ')
    .replace(/worker [\w.-]+/g, 'worker <host>')
    .replace(/ {3,}/g, '  ')
    .replace(/─{2,}/g, '──')
    .trimEnd();
}
