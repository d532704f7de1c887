import type { Job } from '@cloudtask/sdk';
import { isFinal } from '@cloudtask/sdk/contract';
import type { Look } from '../answer.ts';
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
  isOpen: boolean;
}

/** Many jobs as a table that is never taller than this: those that run and that failed first. */
export function jobsFrameLines({ watched, keys, isCompact, isOpen }: JobsFrame, look: Look, rows: number): string[] {
  const { style, unicode } = look;
  const wanted = [...watched.jobs.values()].filter(({ status }) => !isCompact || !isFinal(status));
  const room = Math.max(1, rows - FIXED_ROWS);
  const shown = chosen(wanted, wanted.length > room ? room - 1 : room);
  const hidden = wanted.length - shown.length;
  const [header = '', ...lines] = tableLines(
    TITLES,
    shown.map((job) => cellsOf(job, look)),
    look.width,
  );
  const foot = [
    ...(keys.note === null ? [] : [keys.note]),
    isOpen ? 'new jobs join' : 'until all have ended',
    ...(keys.isOpen ? [`l logs ${keys.areLogsShown ? 'off' : 'on'}`, 'q quit'] : []),
  ];
  return [
    ...(shown.length === 0 ? [] : [style.dim(header), ...lines]),
    ...(hidden === 0 ? [] : [style.dim(`  ${unicode ? '…' : '...'} and ${hidden} more`)]),
    `  ${countsText(watched, look)}${style.dim(`   ${foot.join(unicode ? ' · ' : ' - ')}`)}`,
  ];
}

const TITLES = ['JOB', 'TYPE', 'STATUS', 'ATTEMPT', 'PROGRESS', 'AGE', 'NOTE'];
/** Header and counts. */
const FIXED_ROWS = 2;

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
  const first = jobs.toSorted((a, b) => IMPORTANCE[a.status] - IMPORTANCE[b.status]).slice(0, room);
  return first;
}

function cellsOf(job: Job, { style, unicode, now }: Look): Cell[] {
  const { id, type, status, attempt, maxAttempts, progress, createdAt } = job;
  const percent = status === 'RUNNING' ? (progress?.percent ?? null) : null;
  return [
    { text: shortRef(id) },
    { text: printable(type) },
    {
      text: `${glyph(status, unicode)} ${word(status)}${nextText(job, now)}`,
      paint: (text) => paintStatus(status, text, style),
    },
    { text: `${attempt}/${maxAttempts}` },
    { text: percent === null ? '' : `${progressBar(percent, 8, unicode)} ${Math.round(percent)}%` },
    { text: formatAge(Math.max(0, now - Date.parse(createdAt))) },
    { text: noteOf(job, now) },
  ];
}

function nextText({ status, nextAttemptAt, runAt }: Job, now: number): string {
  const at = status === 'RETRYING' ? nextAttemptAt : status === 'SCHEDULED' ? (nextAttemptAt ?? runAt) : null;
  return at === null ? '' : ` in ${formatDuration(Math.max(0, Date.parse(at) - now))}`;
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
  const parts = [...counts].map(([status, count]) => paintStatus(status, `${count} ${word(status)}`, style));
  return [`${total} ${total === 1 ? 'job' : 'jobs'}`, ...parts].join(unicode ? ' · ' : ' - ');
}
