import { stripVTControlCharacters } from 'node:util';
import { visibleWidth } from './visible-width.ts';

/** What is copied stays in one piece: a terminal breaks it, and gives it back whole. */
const IS_COPIED = /^\s*(?:\$ |Try:|Next:|cloudtask )/;

/**
 * A line for so many columns: what does not fit goes on below, under where its text began. Broken between words, a longer word
 * stays whole. Colours go on over the break.
 */
export function fitLine(line: string, width: number): string[] {
  if (visibleWidth(line) <= width) return [line];
  const plain = stripVTControlCharacters(line);
  if (IS_COPIED.test(plain)) return [line];
  const indent = ' '.repeat(hangOf(plain, width));
  const lines: string[] = [];
  let last: string | undefined;
  for (const [, gap = '', word = ''] of line.matchAll(/( *)([^ ]+)/g)) {
    const longer: string = last === undefined ? gap + word : last + gap + word;
    if (last === undefined || visibleWidth(longer) <= width) last = longer;
    else {
      lines.push(last);
      last = indent + word;
    }
  }
  return [...lines, last ?? ''];
}

/** Behind the gap of two spaces that ends a label, else a little behind where the line begins. */
function hangOf(plain: string, width: number): number {
  const label = /^ *\S.*? {2,}(?=\S)/.exec(plain)?.[0].length ?? 0;
  const start = /^ */.exec(plain)?.[0].length ?? 0;
  return label > 0 && label <= width / 2 ? label : start + 2;
}
