import { truncate } from './printable.ts';

export interface Cell {
  text: string;
  paint?: (text: string) => string;
}

/** Columns as wide as their widest cell, two spaces apart; the last one takes what is left of the terminal. */
export function tableLines(header: readonly string[], rows: readonly (readonly Cell[])[], width: number): string[] {
  const all = [header.map((text): Cell => ({ text })), ...rows];
  const natural = header.map((_, at) => Math.max(...all.map((row) => row[at]?.text.length ?? 0)));
  const widths = fitted(natural, width);
  return all.map((row) => {
    const cells = row.map(({ text, paint = (same) => same }, at) => {
      const shown = truncate(text, widths[at] ?? 0);
      const padded = at === row.length - 1 ? shown : shown.padEnd(widths[at] ?? 0);
      // Around nothing, colours would only keep the end of the line from being trimmed.
      return shown === '' ? padded : paint(padded);
    });
    return `  ${cells.join('  ')}`.trimEnd();
  });
}

/** What the last column keeps at least, and no column is made narrower for others than this. */
const LEAST = 10;

function fitted(natural: readonly number[], width: number): number[] {
  const widths = natural.slice(0, -1);
  const last = natural.at(-1) ?? 0;
  const used = () => widths.reduce((sum, each) => sum + each + 2, 2);
  // The widest one gives way first: long names are cut, references and numbers are not.
  for (;;) {
    const over = used() + Math.min(last, LEAST) - width;
    const widest = Math.max(...widths);
    if (over <= 0 || widest <= LEAST) break;
    widths[widths.indexOf(widest)] = Math.max(LEAST, widest - 1);
  }
  return [...widths, Math.max(LEAST, width - used())];
}
