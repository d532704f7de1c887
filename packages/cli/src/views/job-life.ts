import type { Job, JobAttempt } from '@cloudtask/sdk';
import { isFinal } from '@cloudtask/sdk/contract';
import { outcomeStatus, type Span, spansOf } from '../live/span.ts';
import type { Look } from '../output/answer.ts';
import { printable } from './printable.ts';
import { glyph, paintStatus, word } from './status.ts';
import { type Cell, tableLines } from './table.ts';
import { clockTime, formatDuration } from './time.ts';

/** What happened to a job, a line each: every attempt with its worker, how long it took and why it failed, and the waits between. */
export function lifeLines(job: Job, attempts: readonly JobAttempt[], look: Look): string[] {
  const spans = spansOf(job, attempts);
  const hidden = Math.max(0, spans.length - MOST_LINES);
  const rows = [...spans.slice(hidden).map((span) => rowOf(span, look)), ...endOf(job, look)];
  const [header = '', ...lines] = tableLines(['', 'AT', 'TOOK', 'WORKER', 'ERROR'], rows, look.width);
  const { style, unicode } = look;
  const earlier = hidden === 0 ? [] : [`  ${style.dim(`${unicode ? '…' : '...'} and ${hidden} before`)}`];
  return [style.dim(header), ...earlier, ...lines];
}

/** Of hundreds of attempts the newest tell what is to know; all are in `--attempts -o json`. */
const MOST_LINES = 40;

function rowOf(span: Span, { style, unicode, now }: Look): Cell[] {
  const [status, name] = headOf(span);
  const took = formatDuration(Math.max(0, (span.to ?? now) - span.from));
  return [
    { text: `${glyph(status, unicode)} ${name}`, paint: (text) => paintStatus(status, text, style) },
    { text: clockTime(new Date(span.from).toISOString()) },
    { text: took },
    { text: printable(span.worker ?? '') },
    { text: printable(span.error ?? ''), paint: style.red },
  ];
}

function headOf({ kind, attempt, outcome }: Span): [status: Job['status'], name: string] {
  if (kind === 'scheduled') return ['SCHEDULED', 'scheduled'];
  if (kind === 'pending') return ['PENDING', 'pending'];
  if (kind === 'waited') return ['RETRYING', 'waited'];
  return [outcomeStatus(outcome), `attempt ${attempt} ${outcome ?? 'running'}`];
}

function endOf({ status, createdAt, finishedAt }: Job, { style, unicode }: Look): Cell[][] {
  if (!isFinal(status) || finishedAt === null) return [];
  const total = Math.max(0, Date.parse(finishedAt) - Date.parse(createdAt));
  return [
    [
      { text: `${glyph(status, unicode)} ${word(status)}`, paint: (text) => paintStatus(status, text, style) },
      { text: clockTime(finishedAt) },
      { text: formatDuration(total) },
      { text: '' },
      { text: '' },
    ],
  ];
}
