import type { Job, QueueInfo, WorkerInfo } from '@cloudtask/sdk';
import type { Look } from '../output/answer.ts';
import { dueText } from '../views/due-text.ts';
import { printable } from '../views/printable.ts';
import { progressBar } from '../views/progress-bar.ts';
import { glyph, paintStatus, shortRef, word } from '../views/status.ts';
import { type Cell, tableLines } from '../views/table.ts';
import { formatAge } from '../views/time.ts';

/** A queue whose oldest job waits longer is worth a look. */
const LONG_WAIT_S = 120;

export function queueRows(queues: readonly QueueInfo[], look: Look): string[] {
  const { style } = look;
  const rows = queues.map(({ name, waiting, oldestWaitingSeconds: age, workers, busy, slots, pause }): Cell[] => [
    { text: printable(name) },
    { text: `${waiting}` },
    { text: age === null ? '' : ageText(age), ...(isLong(age) && { paint: style.yellow }) },
    { text: `${workers}`, ...(workers === 0 && waiting > 0 && { paint: style.red }) },
    { text: `${busy}/${slots}` },
    { text: pause === null ? '' : 'paused', paint: style.yellow },
  ]);
  return tableOf(['QUEUE', 'WAITING', 'OLDEST', 'WORKERS', 'BUSY', ''], rows, look);
}

function isLong(age: number | null): boolean {
  return age !== null && age > LONG_WAIT_S;
}

/** The mark says what the colour says. */
function ageText(age: number): string {
  return `${formatAge(age * 1_000)}${isLong(age) ? '!' : ''}`;
}

export function workerRows(workers: readonly WorkerInfo[], look: Look): string[] {
  const { style, now, unicode } = look;
  const rows = workers.map(({ name, state, deafSince, busy, slots, startedAt, version }): Cell[] => [
    { text: printable(name) },
    { text: `${progressBar(slots === 0 ? 0 : (100 * busy) / slots, 6, unicode)} ${busy}/${slots}` },
    {
      text: deafSince === null ? state : `${state}, deaf`,
      paint: state === 'live' && deafSince === null ? style.green : style.yellow,
    },
    { text: formatAge(Math.max(0, now - Date.parse(startedAt))) },
    { text: printable(version) },
  ]);
  return tableOf(['WORKER', 'BUSY', 'STATE', 'UP', 'VERSION'], rows, look);
}

export function jobRows(jobs: readonly Job[], look: Look): string[] {
  const { style, unicode, now } = look;
  const rows = jobs.map((job): Cell[] => [
    { text: shortRef(job.id) },
    { text: printable(job.type) },
    {
      text: `${glyph(job.status, unicode)} ${word(job.status)}${dueText(job, now)}`,
      paint: (text) => paintStatus(job.status, text, style),
    },
    { text: `${job.attempt}/${job.maxAttempts}` },
    { text: formatAge(Math.max(0, now - Date.parse(job.createdAt))) },
    { text: noteOf(job, look) },
  ]);
  return tableOf(['JOB', 'TYPE', 'STATUS', 'ATTEMPT', 'AGE', 'NOTE'], rows, look);
}

function noteOf({ status, progress, error, reason, worker }: Job, { unicode }: Look): string {
  if (status === 'RUNNING') {
    const percent = progress?.percent ?? null;
    const bar = percent === null ? '' : `${progressBar(percent, 8, unicode)} ${Math.round(percent)}% `;
    return `${bar}${printable(progress?.message ?? '')}${worker === null ? '' : `  ${printable(worker.host)}`}`;
  }
  return status === 'FAILED' || status === 'RETRYING' ? printable(error?.message ?? reason ?? '') : '';
}

function tableOf(titles: readonly string[], rows: readonly Cell[][], look: Look): string[] {
  // The mark of the row that is meant stands in the two columns that tables keep free on the left.
  const [header = '', ...lines] = tableLines(titles, rows, look.width);
  return [look.style.dim(header), ...lines];
}
