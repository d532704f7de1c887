import type { Job } from '@cloudtask/sdk/contract';
import { type JobTimeline, latestStep, type Step } from '../watch/job-timeline.ts';
import { printable } from './printable.ts';
import { glyph, paintStatus, shortRef, word } from './status.ts';
import type { Style } from './style.ts';
import { clockTime, formatDuration } from './time.ts';

/** The newest step for a log: one line, no colour, times that sort. */
export function plainLine(timeline: JobTimeline): string {
  const { job } = timeline;
  const step = latestStep(timeline);
  const parts = [new Date(step.at).toISOString(), shortRef(job.id), printable(job.type), ...plainParts(step)];
  return parts.join(' ');
}

function plainParts(step: Step): string[] {
  const error = step.error === null ? [] : [JSON.stringify(printable(step.error))];
  const took = step.tookMs === null ? [] : [formatDuration(step.tookMs)];
  const next = step.nextInMs === null ? [] : [`next=${formatDuration(step.nextInMs).replace(' ', '')}`];
  switch (step.status) {
    case 'RUNNING':
      return [
        'running',
        `attempt=${step.attempt}`,
        ...(step.worker === null ? [] : [`worker=${printable(step.worker)}`]),
      ];
    case 'RETRYING':
      return [`attempt=${step.attempt}`, 'failed', ...error, ...next];
    default:
      return [word(step.status), ...took, ...error, ...next];
  }
}

/** The newest step for a person. */
export function humanLine(timeline: JobTimeline, style: Style, unicode: boolean): string {
  const { job } = timeline;
  return `${style.dim(clockTime(latestStep(timeline).at))}  ${stepText(job, latestStep(timeline), style, unicode)}`;
}

function stepText(job: Job, step: Step, style: Style, unicode: boolean): string {
  const head = `${paintStatus(step.status, glyph(step.status, unicode), style)} ${printable(job.type)} ${shortRef(job.id)}`;
  const of = `attempt ${step.attempt} of ${step.maxAttempts}`;
  const took = step.tookMs === null ? '' : `in ${formatDuration(step.tookMs)}`;
  const error = step.error === null ? '' : printable(step.error);
  const next = step.nextInMs === null ? '' : `in ${formatDuration(step.nextInMs)}`;
  const text = {
    SCHEDULED: ['scheduled', next],
    PENDING: ['pending', ''],
    RUNNING: ['running', of],
    RETRYING: [`attempt ${step.attempt} failed`, error, `next ${next}`],
    COMPLETED: ['completed', took],
    FAILED: ['failed', took, error],
    CANCELLED: ['cancelled', ''],
    EXPIRED: ['expired before it started', ''],
  }[step.status] ?? [word(step.status)];
  const [first = '', ...rest] = text.filter((each) => each !== '');
  return [head, paintStatus(step.status, first, style), ...rest].join('  ');
}

/** What several jobs are doing now, on one line without colour. */
export function liveText(timelines: readonly JobTimeline[], now: number, unicode: boolean): string {
  const [only] = timelines;
  if (timelines.length === 1 && only) return oneJobText(only, now, unicode);
  const counts = new Map<string, number>();
  for (const { job } of timelines) counts.set(job.status, (counts.get(job.status) ?? 0) + 1);
  const parts = [...counts].map(([status, count]) => `${count} ${word(status as Job['status'])}`);
  return `  ${timelines.length} jobs · ${parts.join(' · ')}`;
}

function oneJobText({ job }: JobTimeline, now: number, unicode: boolean): string {
  const head = `${glyph(job.status, unicode)} ${printable(job.type)} ${shortRef(job.id)}  ${word(job.status)}`;
  if (job.status === 'RETRYING' && job.nextAttemptAt !== null) {
    return `${head}  attempt ${job.attempt + 1} in ${formatDuration(Math.max(0, Date.parse(job.nextAttemptAt) - now))}`;
  }
  if (job.status === 'SCHEDULED' && job.runAt !== null) {
    return `${head}  runs in ${formatDuration(Math.max(0, Date.parse(job.runAt) - now))}`;
  }
  const since = job.status === 'RUNNING' ? (job.startedAt ?? job.updatedAt) : job.createdAt;
  const attempt = job.status === 'RUNNING' ? `  attempt ${job.attempt} of ${job.maxAttempts}` : '';
  const percent = job.progress?.percent;
  const progress =
    percent === null || percent === undefined
      ? ''
      : `  ${Math.round(percent)}% ${printable(job.progress?.message ?? '')}`;
  return `${head}${attempt}${progress}  ${formatDuration(Math.max(0, now - Date.parse(since)))}`;
}
