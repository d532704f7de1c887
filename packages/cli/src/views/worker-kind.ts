import type { WorkerInfo } from '@cloudtask/sdk';
import type { Kind, Look } from '../output/answer.ts';
import { formatAge } from './time.ts';

/** Processes that run handlers, as operators see them. */
export const workerKind: Kind<WorkerInfo> = {
  id: ({ name }) => name,
  columns: [
    { title: 'WORKER', text: ({ name }) => name },
    { title: 'HOST', text: ({ host }) => host, in: ['wide', 'tsv'] },
    {
      title: 'STATE',
      text: ({ state }) => state,
      cell: (worker, look) => ({ text: stateText(worker), paint: paintOf(worker, look) }),
    },
    { title: 'BUSY', text: ({ busy, slots }) => `${busy}/${slots}` },
    {
      title: 'UP',
      text: ({ startedAt }) => startedAt,
      at: ({ startedAt }) => startedAt,
      cell: ({ startedAt }, { now }) => ago(startedAt, now),
    },
    {
      title: 'HEARTBEAT',
      text: ({ heartbeatAt }) => heartbeatAt,
      at: ({ heartbeatAt }) => heartbeatAt,
      cell: ({ heartbeatAt }, { now }) => ago(heartbeatAt, now),
    },
    { title: 'VERSION', text: ({ version }) => version },
    { title: 'QUEUES', text: ({ queues }) => queues.join(',') },
    { title: 'TYPES', text: ({ types }) => types.join(',') },
  ],
};

export function stateText({ state, deafSince }: WorkerInfo): string {
  return deafSince === null ? state : `${state}, deaf`;
}

export function paintOf({ state, deafSince }: WorkerInfo, { style }: Look): (text: string) => string {
  if (state === 'dead') return style.red;
  return state === 'live' && deafSince === null ? style.green : style.yellow;
}

function ago(at: string, now: number): { text: string } {
  return { text: formatAge(Math.max(0, now - Date.parse(at))) };
}
