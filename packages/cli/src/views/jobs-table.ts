import type { Job } from '@cloudtask/sdk/contract';
import { printable } from './printable.ts';
import { glyph, paintStatus, shortRef, word } from './status.ts';
import type { Style } from './style.ts';
import { type Cell, tableLines } from './table.ts';
import { formatAge, formatDuration } from './time.ts';

export interface TableLook {
  style: Style;
  unicode: boolean;
  width: number;
  now: number;
}

export function jobsTable(jobs: readonly Job[], look: TableLook): string[] {
  const header = ['JOB', 'TYPE', 'STATUS', 'ATTEMPT', 'AGE', 'ERROR'];
  const [first = '', ...rows] = tableLines(
    header,
    jobs.map((job) => cellsOf(job, look)),
    look.width,
  );
  return [look.style.dim(first), ...rows];
}

function cellsOf(job: Job, { style, unicode, now }: TableLook): Cell[] {
  return [
    { text: shortRef(job.id) },
    { text: printable(job.type) },
    { text: statusText(job, unicode, now), paint: (text) => paintStatus(job.status, text, style) },
    { text: `${job.attempt}/${job.maxAttempts}` },
    { text: formatAge(Math.max(0, now - Date.parse(job.createdAt))) },
    { text: printable(job.error?.message ?? '') },
  ];
}

function statusText(job: Job, unicode: boolean, now: number): string {
  const text = `${glyph(job.status, unicode)} ${word(job.status)}`;
  const next = job.status === 'RETRYING' ? job.nextAttemptAt : job.status === 'SCHEDULED' ? job.runAt : null;
  return next === null ? text : `${text} in ${formatDuration(Math.max(0, Date.parse(next) - now))}`;
}

/** For a pipe: whole ids, times that sort, nothing cut, no header. */
export function jobsTsv(jobs: readonly Job[]): string[] {
  return jobs.map((job) =>
    [
      job.id,
      job.type,
      job.status,
      `${job.attempt}/${job.maxAttempts}`,
      job.createdAt,
      job.queue,
      job.error?.message ?? '',
    ]
      .map(printable)
      .join('\t'),
  );
}
