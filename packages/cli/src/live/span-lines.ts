import type { Look } from '../output/answer.ts';
import { printable } from '../views/printable.ts';
import { glyph, paintStatus } from '../views/status.ts';
import { clockTime, formatDuration } from '../views/time.ts';
import { outcomeStatus, type Span } from './span.ts';

/** The life of a job as bars on one scale; at most so many lines, the newest. */
export function spanLines(
  spans: readonly Span[],
  look: Look,
  { width, rows }: { width: number; rows: number },
): string[] {
  const hidden = Math.max(0, spans.length - rows);
  // The line that says so takes the place of one more.
  const shown = hidden === 0 ? spans : spans.slice(hidden + 1);
  const earlier = hidden === 0 ? [] : [look.style.dim(`${look.unicode ? '…' : '...'} and ${hidden + 1} before`)];
  return [...earlier, ...shown.map((span) => spanLine(span, scaleOf(shown, look.now, width), look))];
}

interface Scale {
  from: number;
  to: number;
  /** Of the bars; none where there is no room for any. */
  columns: number;
}

/** What stands beside the bars: mark, name, time, and how long it took. */
const BESIDE = 40;
const MOST_COLUMNS = 40;

function scaleOf(spans: readonly Span[], now: number, width: number): Scale {
  const from = Math.min(...spans.map((each) => each.from));
  const to = Math.max(from + 1, ...spans.map((each) => each.to ?? now));
  const room = Math.max(0, width - BESIDE);
  // Why an attempt failed is worth more than the length of its bar.
  const share = spans.some(({ error }) => error !== null) ? room / 2 : room;
  return { from, to, columns: Math.min(MOST_COLUMNS, Math.floor(share)) };
}

function spanLine(span: Span, scale: Scale, look: Look): string {
  const { style, now } = look;
  const [mark, name] = headOf(span, look);
  const at = style.dim(clockTime(new Date(span.from).toISOString()));
  const took = formatDuration(Math.max(0, (span.to ?? now) - span.from));
  const error = span.error === null ? '' : `  ${style.red(printable(span.error))}`;
  const bar = scale.columns < 5 ? '' : `${barOf(span, scale, look)} `;
  return `${mark} ${name.padEnd(11)} ${at}  ${bar}${took}${error}`;
}

function barOf({ kind, from, to }: Span, scale: Scale, { unicode, now, style }: Look): string {
  const place = (time: number) => Math.round(((time - scale.from) / (scale.to - scale.from)) * (scale.columns - 1));
  const [start, end] = [place(from), place(to ?? now)];
  const [work, rest] = unicode ? ['▇', '·'] : ['=', '.'];
  const bar = (kind === 'attempt' ? work : rest).repeat(Math.max(1, end - start));
  return ' '.repeat(start) + (kind === 'attempt' ? bar : style.dim(bar));
}

function headOf({ kind, attempt, outcome }: Span, { style, unicode }: Look): [mark: string, name: string] {
  const marked = (status: Parameters<typeof glyph>[0]) => paintStatus(status, glyph(status, unicode), style);
  switch (kind) {
    case 'scheduled':
      return [marked('SCHEDULED'), 'scheduled'];
    case 'pending':
      return [marked('PENDING'), 'pending'];
    case 'waited':
      return [marked('RETRYING'), 'waited'];
    case 'attempt':
      return [marked(outcomeStatus(outcome)), `attempt ${attempt}`];
  }
}
