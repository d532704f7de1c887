import type { Look } from '../output/answer.ts';
import { printable } from './printable.ts';

/** Where a handler threw, below what it is about. A frame that is too long is cut in its middle: it ends with the line to look at. */
export function stackLines(stack: string | null, { style, width }: Look, indent = 4): string[] {
  if (stack === null) return [];
  const room = Math.max(20, width - indent);
  return stack.split('\n').map((line) => ' '.repeat(indent) + style.dim(cut(printable(line), room)));
}

function cut(text: string, width: number): string {
  if (text.length <= width) return text;
  const head = Math.floor(width / 3);
  return `${text.slice(0, head)}…${text.slice(head + 1 - width)}`;
}
