import type { WorkerInfo } from '@cloudtask/sdk';
import type { Kind, Look } from '../output/answer.ts';
import { mark } from './mark.ts';
import { printable } from './printable.ts';

/** What became of a worker that was asked to drain. */
export const drainKind: Kind<WorkerInfo> = {
  columns: [],
  id: ({ name }) => name,
  details: (worker, look) => [drainLine(worker, look)],
};

function drainLine({ id, name, state }: WorkerInfo, look: Look): string {
  const who = `${printable(name)} (${id})`;
  switch (state) {
    case 'stopped':
      return `${mark('ok', look)} ${who} has ended`;
    case 'dead':
      return `${mark('warn', look)} ${who} was lost while it drained: the jobs that it ran run again elsewhere`;
    case 'live':
    case 'draining':
    case 'stopping':
      return `${mark('ok', look)} ${who} drains: it takes no more jobs, and ends when those that it runs have ended`;
  }
}
