import type { Schedule, ScheduleDetails } from '@cloudtask/sdk';
import type { Kind, Look } from '../output/answer.ts';
import { printable } from './printable.ts';
import { shortRef } from './status.ts';
import { formatDuration } from './time.ts';

/** What makes jobs by the clock. */
export const scheduleKind: Kind<Schedule> = {
  id: ({ id }) => id,
  columns: [
    { title: 'SCHEDULE', text: ({ name }) => name },
    { title: 'TYPE', text: ({ type }) => type },
    { title: 'WHEN', text: timingText },
    {
      title: 'NEXT',
      text: ({ nextAt }) => nextAt ?? '',
      at: ({ nextAt, pausedAt }) => (pausedAt === null ? nextAt : null),
      cell: (schedule, look) => nextCell(schedule, look),
    },
    { title: 'OVERLAP', text: ({ onOverlap }) => onOverlap, in: ['wide', 'tsv'] },
    { title: 'CATCH-UP', text: ({ catchUp }) => catchUp, in: ['wide', 'tsv'] },
    {
      title: 'LAST JOB',
      text: ({ lastJobId }) => lastJobId ?? '',
      cell: ({ lastJobId }) => ({ text: lastJobId === null ? '' : shortRef(lastJobId) }),
    },
  ],
  details: scheduleLines,
};

function timingText({ cron, every, timezone }: Pick<Schedule, 'cron' | 'every' | 'timezone'>): string {
  if (cron !== null) return timezone === 'UTC' ? cron : `${cron} ${timezone}`;
  return `every ${formatDuration(every ?? 0)}`;
}

function nextCell({ nextAt, pausedAt }: Schedule, { style, now }: Look) {
  if (pausedAt !== null) return { text: 'paused', paint: style.yellow };
  return { text: nextAt === null ? 'never' : `in ${formatDuration(Math.max(0, Date.parse(nextAt) - now))}` };
}

function scheduleLines(schedule: Schedule, look: Look): string[] {
  const { style, now } = look;
  const { name, type, id, nextAt, pausedAt, pauseReason, onOverlap, catchUp, dstGap, dstOverlap, lastJobId } = schedule;
  const next = nextAt === null ? 'never' : `${nextAt}  in ${formatDuration(Math.max(0, Date.parse(nextAt) - now))}`;
  const paused = `paused since ${pausedAt}${pauseReason === null ? '' : `: ${printable(pauseReason)}`}`;
  return [
    `${style.bold(printable(name))}  ${printable(type)}  ${style.dim(id)}`,
    '',
    `  ${style.dim('When')}      ${timingText(schedule)}`,
    `  ${style.dim('Next')}      ${pausedAt === null ? next : style.yellow(paused)}`,
    `  ${style.dim('Policies')}  overlap ${onOverlap} · catch-up ${catchUp} · gap ${dstGap} · repeated hour ${dstOverlap}`,
    `  ${style.dim('Payload')}   ${printable(JSON.stringify(schedule.payload))}`,
    ...(lastJobId === null ? [] : [`  ${style.dim('Last job')}  ${shortRef(lastJobId)}`]),
    ...slotLines(schedule, look),
  ];
}

function slotLines(schedule: Schedule & Partial<Pick<ScheduleDetails, 'recentSlots'>>, { style }: Look): string[] {
  const { recentSlots = [] } = schedule;
  if (recentSlots.length === 0) return [];
  const lines = recentSlots.map(({ at, outcome, jobId, detail }) => {
    const paint = outcome === 'fired' ? style.green : style.yellow;
    const more = jobId === null ? printable(detail ?? '') : shortRef(jobId);
    return `    ${at}  ${paint(outcome.padEnd(8))} ${more}`.trimEnd();
  });
  return ['', `  ${style.dim('Newest slots')}`, ...lines];
}
