import type { Job } from '@cloudtask/sdk';
import { isFinal, JOB_STATUSES } from '@cloudtask/sdk/contract';
import type { Look } from '../output/answer.ts';
import { dueText } from '../views/due-text.ts';
import { printable } from '../views/printable.ts';
import { progressBar } from '../views/progress-bar.ts';
import { glyph, paintStatus, shortRef, word } from '../views/status.ts';
import { type Cell, tableLines } from '../views/table.ts';
import { formatAge, formatDuration } from '../views/time.ts';
import type { WatchKeys } from './watch-keys.ts';
import { countByStatus, type WatchedJobs } from './watched-jobs.ts';

export interface JobsFrame {
  watched: WatchedJobs;
  keys: WatchKeys;
  /** Only those that have not ended. */
  isCompact: boolean;
  /** New jobs join. */
  isOpen: boolean;
  isEnded: boolean;
}

/** Many jobs as a table that is never taller than this: those that run and that failed first. */
export function jobsFrameLines(frame: JobsFrame, look: Look, rows: number): string[] {
  const { style, unicode } = look;
  const { watched, isCompact } = frame;
  const wanted = [...watched.jobs.values()].filter(({ status }) => !isCompact || !isFinal(status));
  const room = Math.max(1, rows - FIXED_ROWS);
  const shown = chosen(wanted, wanted.length > room ? room - 1 : room);
  const hidden = wanted.length - shown.length;
  return [
    ...(shown.length === 0 ? [] : table(shown, look)),
    ...(hidden === 0 ? [] : [style.dim(`  ${unicode ? '…' : '...'} and ${hidden} more`)]),
    `  ${countsText(watched, look)}${style.dim(footText(frame, look))}`,
  ];
}

/** Header and counts. */
const FIXED_ROWS = 2;

function table(jobs: readonly Job[], look: Look): string[] {
  const columns = COLUMNS.filter(({ from }) => look.width >= from);
  const rows = jobs.map((job) => columns.map(({ cell }) => cell(job, look)));
  const titles = columns.map(({ title }) => title);
  const [header = '', ...lines] = tableLines(titles, rows, look.width);
  return [look.style.dim(header), ...lines];
}

function footText({ keys, isOpen, isEnded }: JobsFrame, { unicode }: Look): string {
  if (isEnded) return '';
  const parts = [
    ...(keys.note === null ? [] : [keys.note]),
    isOpen ? 'new jobs join' : 'until all have ended',
    ...(keys.isOpen ? [`l logs ${keys.areLogsShown ? 'off' : 'on'}`, 'q quit'] : []),
  ];
  return `   ${parts.join(unicode ? ' · ' : ' - ')}`;
}

/** What people look for comes first; within it the order in which they were seen stays. */
const IMPORTANCE: Record<Job['status'], number> = {
  RUNNING: 0,
  FAILED: 0,
  RETRYING: 1,
  PENDING: 2,
  EXPIRED: 2,
  CANCELLED: 2,
  SCHEDULED: 3,
  COMPLETED: 4,
};

/** Where there is room for all nothing changes its place. */
function chosen(jobs: readonly Job[], room: number): Job[] {
  if (jobs.length <= room) return [...jobs];
  return jobs.toSorted((a, b) => IMPORTANCE[a.status] - IMPORTANCE[b.status]).slice(0, room);
}

interface JobColumn {
  title: string;
  /** Narrower terminals do without it. */
  from: number;
  cell(job: Job, look: Look): Cell;
}

const COLUMNS: readonly JobColumn[] = [
  { title: 'JOB', from: 0, cell: ({ id }) => ({ text: shortRef(id) }) },
  { title: 'TYPE', from: 56, cell: ({ type }) => ({ text: printable(type) }) },
  { title: 'STATUS', from: 0, cell: statusCell },
  { title: 'ATTEMPT', from: 72, cell: ({ attempt, maxAttempts }) => ({ text: `${attempt}/${maxAttempts}` }) },
  { title: 'PROGRESS', from: 50, cell: (job, look) => ({ text: progressText(job, look) }) },
  {
    title: 'AGE',
    from: 64,
    cell: ({ createdAt }, { now }) => ({ text: formatAge(Math.max(0, now - Date.parse(createdAt))) }),
  },
  { title: 'NOTE', from: 0, cell: (job, { now }) => ({ text: noteOf(job, now) }) },
];

function statusCell(job: Job, { style, unicode, now }: Look): Cell {
  const text = `${glyph(job.status, unicode)} ${word(job.status)}${dueText(job, now)}`;
  return { text, paint: (shown) => paintStatus(job.status, shown, style) };
}

function progressText({ status, progress }: Job, { unicode, width }: Look): string {
  const percent = status === 'RUNNING' ? (progress?.percent ?? null) : null;
  if (percent === null) return '';
  const bar = width < 80 ? '' : `${progressBar(percent, 8, unicode)} `;
  return `${bar}${Math.round(percent)}%`;
}

function noteOf({ id, status, error, reason, progress, startedAt, finishedAt, createdAt }: Job, now: number): string {
  switch (status) {
    case 'RUNNING':
      return printable(progress?.message ?? '');
    case 'COMPLETED':
      return startedAt === null || finishedAt === null
        ? ''
        : formatDuration(Date.parse(finishedAt) - Date.parse(startedAt));
    case 'RETRYING':
    case 'FAILED':
      return printable(error?.message ?? reason ?? '');
    case 'PENDING':
      return now - Date.parse(createdAt) > LONG_WAIT_MS ? `cloudtask explain ${shortRef(id)}` : '';
    default:
      return '';
  }
}

/** A job that waits longer than this is worth a question. */
const LONG_WAIT_MS = 5_000;

function countsText(watched: WatchedJobs, { style, unicode }: Look): string {
  const counts = countByStatus(watched);
  const total = [...counts.values()].reduce((sum, each) => sum + each, 0);
  const parts = JOB_STATUSES.filter((status) => counts.has(status)).map((status) =>
    paintStatus(status, `${counts.get(status)} ${word(status)}`, style),
  );
  return [`${total} ${total === 1 ? 'job' : 'jobs'}`, ...parts].join(unicode ? ' · ' : ' - ');
}
