import type { Explanation } from '@cloudtask/sdk';
import type { Kind } from '../output/answer.ts';
import { clockTime, formatDuration } from './time.ts';

/** The attempts that a job has left. */
export const plannedKind: Kind<Explanation['retries'][number]> = {
  id: ({ attempt }) => String(attempt),
  columns: [
    { title: 'ATTEMPT', text: ({ attempt }) => String(attempt) },
    {
      title: 'AT',
      text: ({ at }) => at,
      at: ({ at }) => at,
      cell: ({ at }) => ({ text: clockTime(at) }),
    },
    {
      title: 'IN',
      text: ({ at }) => at,
      cell: ({ at }, { now }) => ({ text: Date.parse(at) <= now ? 'now' : formatDuration(Date.parse(at) - now) }),
      in: ['human', 'wide'],
    },
    {
      title: 'DELAY',
      text: ({ delayMs }) => String(delayMs),
      cell: ({ delayMs }) => ({ text: delayMs === 0 ? '' : `+${formatDuration(delayMs)}` }),
    },
  ],
};
