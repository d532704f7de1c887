import type { WorkerDetails, WorkerJob } from '@cloudtask/sdk';
import type { Kind, Look } from '../output/answer.ts';
import { printable } from './printable.ts';
import { shortRef } from './status.ts';
import { type Cell, tableLines } from './table.ts';
import { formatAge } from './time.ts';
import { paintOf, stateText, workerKind } from './worker-kind.ts';

/** All that is known of one worker. */
export const workerDetailsKind: Kind<WorkerDetails> = {
  ...workerKind,
  details(worker, look) {
    const { id, name, host, pid, version, types, slots, busy, startedAt, heartbeatAt, endedAt } = worker;
    const { style, now } = look;
    const since = (at: string) => formatAge(Math.max(0, now - Date.parse(at)));
    const life =
      endedAt === null
        ? `up ${since(startedAt)}   heartbeat ${since(heartbeatAt)} ago`
        : `ended ${since(endedAt)} ago, was up ${formatAge(Date.parse(endedAt) - Date.parse(startedAt))}`;
    return [
      `${style.bold(printable(name))}  on ${printable(host)}  process ${pid}  version ${printable(version)}  id ${id}`,
      '',
      `  ${paintOf(worker, look)(stateText(worker))}   ${busy} of ${slots} slots busy   ${life}`,
      ...drainLines(worker, look),
      `  ${style.dim('Queues')}  ${worker.lanes.map(laneText).join('; ')}`,
      `  ${style.dim('Types')}   ${types.map(printable).join(', ')}`,
      ...heardLines(worker, look),
      ...runningLines(worker.running, look),
    ];
  },
};

function drainLines({ drain, endedAt }: WorkerDetails, { style, now }: Look): string[] {
  if (drain === null) return [];
  const { requestedAt, requestedBy, reason } = drain;
  const why = reason === null ? '' : `: ${printable(reason)}`;
  const what = endedAt === null ? 'asked to end' : 'was asked to end';
  return [
    `  ${style.yellow(what)} ${formatAge(Math.max(0, now - Date.parse(requestedAt)))} ago by ${printable(requestedBy)}${why}`,
  ];
}

function laneText({ queues, slots }: WorkerDetails['lanes'][number]): string {
  return `${queues.map(printable).join(', ')} (${slots} ${slots === 1 ? 'slot' : 'slots'})`;
}

function heardLines({ lastDeliveryAt, deafSince }: WorkerDetails, { style, now }: Look): string[] {
  const since = (at: string) => formatAge(Math.max(0, now - Date.parse(at)));
  const heard = lastDeliveryAt === null ? 'nothing yet' : `${since(lastDeliveryAt)} ago`;
  const deaf = deafSince === null ? '' : `   ${style.yellow(`deaf for ${since(deafSince)}`)}`;
  return [`  ${style.dim('Heard')}   ${heard}${deaf}`];
}

function runningLines(running: readonly WorkerJob[], { style, now, width }: Look): string[] {
  if (running.length === 0) return [];
  const rows = running.map(({ id, type, queue, attempt, startedAt }): Cell[] => [
    { text: shortRef(id) },
    { text: printable(type) },
    { text: printable(queue) },
    { text: String(attempt) },
    { text: formatAge(Math.max(0, now - Date.parse(startedAt))) },
  ]);
  const [header = '', ...lines] = tableLines(['RUNS', 'TYPE', 'QUEUE', 'ATTEMPT', 'FOR'], rows, width);
  return ['', style.dim(header), ...lines];
}
