import type { FailureCause } from '@cloudtask/sdk';
import type { Kind } from '../output/answer.ts';
import { discardedText } from './discarded-text.ts';
import { printable } from './printable.ts';
import { shortRef } from './status.ts';
import { formatAge } from './time.ts';

/** Failures, counted by their cause. */
export const causeKind: Kind<FailureCause> = {
  id: ({ fingerprint }) => fingerprint,
  columns: [
    { title: 'CAUSE', text: ({ fingerprint }) => fingerprint },
    { title: 'TYPE', text: ({ type }) => type },
    { title: 'JOBS', text: ({ count }) => String(count) },
    {
      title: 'FIRST',
      text: ({ firstAt }) => firstAt,
      at: ({ firstAt }) => firstAt,
      cell: ({ firstAt }, { now }) => ago(firstAt, now),
    },
    {
      title: 'LAST',
      text: ({ lastAt }) => lastAt,
      at: ({ lastAt }) => lastAt,
      cell: ({ lastAt }, { now }) => ago(lastAt, now),
    },
    { title: 'REASON', text: ({ reason }) => reason ?? '', in: ['wide'] },
    { title: 'ERROR', text: errorText },
  ],
  details(cause, { style, now }) {
    const { fingerprint, type, count, firstAt, lastAt, newestJobId } = cause;
    const discarded = discardedText(cause, now);
    return [
      `${style.bold(printable(type))}  cause ${fingerprint}`,
      '',
      `  ${style.red(printable(errorText(cause)))}`,
      `  ${count} ${count === 1 ? 'job' : 'jobs'}   first ${ago(firstAt, now).text} ago   last ${ago(lastAt, now).text} ago   newest ${shortRef(newestJobId)}`,
      ...(discarded === undefined ? [] : [`  ${discarded}`]),
    ];
  },
};

function errorText({ error, reason }: FailureCause): string {
  if (error === null) return reason ?? '';
  return error.name === 'Error' || error.name === '' ? error.message : `${error.name}: ${error.message}`;
}

function ago(at: string, now: number): { text: string } {
  return { text: formatAge(Math.max(0, now - Date.parse(at))) };
}
