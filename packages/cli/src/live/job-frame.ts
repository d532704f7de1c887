import type { Job, JobAttempt } from '@cloudtask/sdk';
import { isFinal } from '@cloudtask/sdk/contract';
import type { Look } from '../output/answer.ts';
import { boxLines } from '../views/box.ts';
import { dueText } from '../views/due-text.ts';
import { printable } from '../views/printable.ts';
import { progressBar } from '../views/progress-bar.ts';
import { glyph, paintStatus, shortRef, word } from '../views/status.ts';
import { formatDuration } from '../views/time.ts';
import { spansOf } from './span.ts';
import { spanLines } from './span-lines.ts';
import { timeLeftMs } from './time-left.ts';
import type { WatchKeys } from './watch-keys.ts';

export interface JobFrame {
  job: Job;
  attempts: readonly JobAttempt[];
  keys: WatchKeys;
  isCompact: boolean;
}

/** Columns below which the whole id, and later the bars, have no room. */
const WIDE = 72;
/** Borders, status, progress and the empty line. */
const FIXED_ROWS = 5;

/** One job in a box that is never taller than this. */
export function jobFrameLines({ job, attempts, keys, isCompact }: JobFrame, look: Look, rows: number): string[] {
  const { style, width, unicode } = look;
  const columns = Math.min(width, MOST_COLUMNS);
  const id = columns < WIDE ? shortRef(job.id) : job.id;
  const top = [statusLine(job, look), ...progressLines(job, look, columns), ...errorLines(job, look)];
  const room = Math.max(1, rows - FIXED_ROWS - (top.length - 1));
  const more = isCompact ? [] : moreLines({ job, attempts, keys, isCompact }, look, { columns, room });
  return boxLines([...top, ...(more.length === 0 ? [] : ['', ...more])], {
    title: `${style.bold(printable(job.type))} ${unicode ? '·' : '-'} ${id}`,
    foot: footOf(job, keys, look),
    width: columns,
    unicode,
    paint: style.dim,
  });
}

/** On a very wide terminal the eye would lose the line. */
const MOST_COLUMNS = 110;

function statusLine(job: Job, { style, unicode, now }: Look): string {
  const { status, attempt, maxAttempts, queue, worker } = job;
  const state = paintStatus(status, `${glyph(status, unicode)} ${word(status)}${dueText(job, now)}`, style);
  return [
    job.cancelRequestedAt !== null && !isFinal(status) ? `${state}, ${style.yellow('stopping')}` : state,
    ...(attempt === 0 ? [] : [`attempt ${attempt} of ${maxAttempts}`]),
    `queue ${printable(queue)}`,
    ...(worker === null || status !== 'RUNNING' ? [] : [`worker ${printable(worker.host || worker.id)}`]),
    elapsedText(job, now),
  ].join('   ');
}

function elapsedText({ status, createdAt, startedAt, finishedAt }: Job, now: number): string {
  if (isFinal(status)) {
    const total = Date.parse(finishedAt ?? createdAt) - Date.parse(createdAt);
    return `after ${formatDuration(Math.max(0, total))}`;
  }
  const since = status === 'RUNNING' ? (startedAt ?? createdAt) : createdAt;
  return formatDuration(Math.max(0, now - Date.parse(since)));
}

function progressLines(job: Job, { unicode, now, style }: Look, columns: number): string[] {
  const { progress, status } = job;
  if (progress === null || isFinal(status)) return [];
  const message = printable(progress.message ?? '');
  if (progress.percent === null) return message === '' ? [] : [message];
  const left = timeLeftMs(job, now);
  const rest = left === null ? '' : style.dim(`  ~${formatDuration(left)} left`);
  const bar = progressBar(progress.percent, Math.max(8, Math.min(30, columns - 44)), unicode);
  return [`${style.blue(bar)}  ${Math.round(progress.percent)}%${rest}${message === '' ? '' : `  ${message}`}`];
}

/** A job that has failed for good says why, whatever else there is room for. */
function errorLines({ status, error, reason }: Job, { style }: Look): string[] {
  if (status !== 'FAILED' || (error === null && reason === null)) return [];
  return [style.red(printable(error === null ? String(reason) : `${error.name}: ${error.message}`))];
}

function moreLines(frame: JobFrame, look: Look, { columns, room }: { columns: number; room: number }): string[] {
  const { job, attempts, keys } = frame;
  const spans = spansOf(job, attempts);
  if (keys.isPayloadShown) {
    // The newest of its life stays in sight.
    const life = spanLines(spans, look, { width: columns, rows: Math.max(2, Math.floor(room / 3)) });
    return [...life, '', ...payloadLines(job, look, Math.max(2, room - life.length - 1))];
  }
  const result = job.status === 'COMPLETED' ? [resultLine(job, look)] : [];
  return [...spanLines(spans, look, { width: columns, rows: Math.max(1, room - result.length) }), ...result];
}

function payloadLines({ id, payload }: Job, { style }: Look, rows: number): string[] {
  const lines = [
    style.dim('payload'),
    ...JSON.stringify(payload, null, 2)
      .split('\n')
      .map((line) => line.replace(/\S.*/, (text) => printable(text))),
  ];
  if (lines.length <= rows) return lines;
  return [
    ...lines.slice(0, rows - 1),
    style.dim(`and ${lines.length - rows + 1} more lines: cloudtask jobs show ${shortRef(id)}`),
  ];
}

function resultLine({ result }: Job, { style }: Look): string {
  return `${style.dim('result')} ${printable(typeof result === 'string' ? result : JSON.stringify(result))}`;
}

function footOf(job: Job, keys: WatchKeys, { style, unicode, now }: Look): string {
  if (keys.asks === 'cancel') return style.bold('Cancel this job? (y/N)');
  if (keys.note !== null) return style.yellow(printable(keys.note));
  if (!keys.isOpen || isFinal(job.status)) return '';
  const words = [`l logs ${keys.areLogsShown ? 'off' : 'on'}`, 'i payload', 'c cancel', 'q stop watching'];
  const isStuck = job.status === 'PENDING' && now - Date.parse(job.createdAt) > LONG_WAIT_MS;
  const why = isStuck ? [`why: cloudtask explain ${shortRef(job.id)}`] : [];
  return style.dim([...words, ...why].join(unicode ? ' · ' : ' - '));
}

/** A job that waits longer than this is worth a question. */
const LONG_WAIT_MS = 5_000;
