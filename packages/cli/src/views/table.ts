import { truncate } from './printable.ts';

export interface Cell {
  text: string;
  paint?: (text: string) => string;
}

/** Columns as wide as their widest cell, two spaces apart; the last one takes what is left of the terminal. */
export function tableLines(header: readonly string[], rows: readonly (readonly Cell[])[], width: number): string[] {
  const all = [header.map((text): Cell => ({ text })), ...rows];
  const widths = header.map((_, at) => Math.max(...all.map((row) => row[at]?.text.length ?? 0)));
  const used = widths.slice(0, -1).reduce((sum, each) => sum + each + 2, 2);
  const lastWidth = Math.max(10, width - used);
  return all.map((row) => {
    const cells = row.map(({ text, paint = (same) => same }, at) => {
      const isLast = at === row.length - 1;
      const shown = isLast ? truncate(text, lastWidth) : text.padEnd(widths[at] ?? 0);
      return paint(shown);
    });
    return `  ${cells.join('  ')}`.trimEnd();
  });
}
