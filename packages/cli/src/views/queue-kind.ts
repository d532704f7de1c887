import type { QueueInfo } from '@cloudtask/sdk';
import type { Kind } from '../output/answer.ts';
import { printable } from './printable.ts';
import { formatAge } from './time.ts';

/** Lines of jobs, as operators see them. */
export const queueKind: Kind<QueueInfo> = {
  id: ({ name }) => name,
  columns: [
    { title: 'QUEUE', text: ({ name }) => name },
    { title: 'WAITING', text: ({ waiting }) => String(waiting) },
    { title: 'READY', text: ({ ready }) => (ready === null ? '' : String(ready)), in: ['wide', 'tsv'] },
    {
      title: 'OLDEST',
      text: ({ oldestWaitingSeconds: age }) => (age === null ? '' : String(age)),
      cell: ({ oldestWaitingSeconds: age }) => ({ text: age === null ? '' : formatAge(age * 1_000) }),
    },
    { title: 'WORKERS', text: ({ workers }) => String(workers) },
    { title: 'BUSY', text: ({ busy, slots }) => `${busy}/${slots}` },
    {
      title: 'PAUSED',
      text: ({ pause }) => (pause === null ? '' : pause.pausedAt),
      cell: ({ pause }, { style, now }) => ({
        text: pause === null ? '' : pauseText(pause, now),
        paint: style.yellow,
      }),
    },
  ],
  details(queue, { style, now }) {
    const { name, waiting, ready, workers, busy, slots, oldestWaitingSeconds: age, pause } = queue;
    return [
      style.bold(printable(name)),
      '',
      `  ${waiting} waiting${age === null ? '' : `, the oldest for ${formatAge(age * 1_000)}`}${ready === null ? '' : `   ${ready} messages with the broker`}`,
      `  ${workers} ${workers === 1 ? 'worker' : 'workers'}   ${busy} of ${slots} slots busy`,
      ...(pause === null
        ? []
        : [`  ${style.yellow(`paused ${pauseText(pause, now)}`)} by ${printable(pause.pausedBy)}`]),
    ];
  },
};

function pauseText({ pausedAt, resumesAt, reason }: NonNullable<QueueInfo['pause']>, now: number): string {
  const since = `${formatAge(Math.max(0, now - Date.parse(pausedAt)))} ago`;
  const until = resumesAt === null ? '' : `, for ${formatAge(Math.max(0, Date.parse(resumesAt) - now))} more`;
  return `${since}${until}${reason === null ? '' : `: ${printable(reason)}`}`;
}
