import type { Job } from '@cloudtask/sdk/contract';
import type { Column, Kind, Look } from '../output/answer.ts';
import { glyph, paintStatus, shortRef, word } from './status.ts';
import { formatAge, formatDuration } from './time.ts';

/** Jobs in lists. */
export const jobKind: Kind<Job> = {
  id: ({ id }) => id,
  columns: jobColumns(),
};

function jobColumns(): Column<Job>[] {
  return [
    { title: 'JOB', text: ({ id }) => id, cell: ({ id }) => ({ text: shortRef(id) }), in: ['human', 'tsv'] },
    { title: 'JOB', text: ({ id }) => id, in: ['wide'] },
    { title: 'TYPE', text: ({ type }) => type },
    { title: 'STATUS', text: ({ status }) => status, cell: statusCell },
    { title: 'ATTEMPT', text: ({ attempt, maxAttempts }) => `${attempt}/${maxAttempts}` },
    {
      title: 'AGE',
      text: ({ createdAt }) => createdAt,
      at: ({ createdAt }) => createdAt,
      cell: ({ createdAt }, { now }) => ({ text: formatAge(Math.max(0, now - Date.parse(createdAt))) }),
    },
    { title: 'QUEUE', text: ({ queue }) => queue, in: ['wide', 'tsv'] },
    { title: 'PRIORITY', text: ({ priority }) => String(priority), in: ['wide'] },
    { title: 'WORKER', text: ({ worker }) => worker?.host ?? '', in: ['wide'] },
    { title: 'TAGS', text: ({ tags }) => tags.join(','), in: ['wide'] },
    { title: 'ERROR', text: ({ error }) => error?.message ?? '' },
  ];
}

function statusCell(job: Job, { style, unicode, now }: Look) {
  const text = `${glyph(job.status, unicode)} ${word(job.status)}`;
  const next = job.status === 'RETRYING' ? job.nextAttemptAt : job.status === 'SCHEDULED' ? job.runAt : null;
  return {
    text: next === null ? text : `${text} in ${formatDuration(Math.max(0, Date.parse(next) - now))}`,
    paint: (shown: string) => paintStatus(job.status, shown, style),
  };
}
