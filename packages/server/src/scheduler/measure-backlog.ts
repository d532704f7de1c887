import type { Queryable } from '@cloudtask/core/database/database';
import { DEFAULT_QUEUE } from '@cloudtask/core/messages';
import { queuesWithBacklog } from '@cloudtask/core/protocol/dispatch';
import { type LiveWorker, readLiveWorkers } from '@cloudtask/core/protocol/live-workers';
import { readPauses } from '@cloudtask/core/protocol/queue-pauses';
import { readNotDue } from '../store/stats.ts';
import { type RunType, readServedWaiting } from '../store/waiting.ts';

/** Users choose the names of queues: more of them would be more series than a monitoring system should get. */
export const MOST_QUEUES = 100;
/** Ten times what `GET /queues` counts: on a graph it matters how fast a long queue grows. */
export const COUNTED_PER_QUEUE = 100_000;

export interface Backlog {
  /** Jobs that have not ended; those whose hint the broker has already are in none of them. */
  jobs: { SCHEDULED: number; PENDING: number; RUNNING: number; RETRYING: number };
  queues: QueueBacklog[];
}

export interface QueueBacklog {
  queue: string;
  /** Due jobs whose hint has not been published. */
  waiting: number;
  /** Of those, jobs of types that no live worker of the queue runs. */
  withoutWorker: number;
  /** Of the others; 0 when none waits. */
  oldestSeconds: number;
  workers: number;
  isPaused: boolean;
}

/**
 * What waits where, and who is there for it. Each part reads at most so many entries of one index, and none reads the
 * states of all jobs, so that it costs the same with a million finished ones.
 */
export async function measureBacklog(database: Queryable): Promise<Backlog> {
  const [workers, pauses, backlog, notDue] = await Promise.all([
    readLiveWorkers(database),
    readPauses(database),
    queuesWithBacklog(database, MOST_QUEUES),
    readNotDue(database),
  ]);
  const served = workersByQueue(workers);
  const paused = new Set(pauses.map(({ queue }) => queue));
  const names = [...new Set([DEFAULT_QUEUE, ...served.keys(), ...backlog, ...paused])].slice(0, MOST_QUEUES);
  const waiting = await readServedWaiting(database, names, {
    run: typesRunBy(workers),
    countedAtMost: COUNTED_PER_QUEUE,
  });
  const queues = waiting.map(({ oldestSeconds, ...counts }) => ({
    ...counts,
    oldestSeconds: Math.max(0, oldestSeconds ?? 0),
    workers: served.get(counts.queue) ?? 0,
    isPaused: paused.has(counts.queue),
  }));
  return {
    jobs: {
      SCHEDULED: notDue.scheduled,
      PENDING: queues.reduce((sum, each) => sum + each.waiting, 0),
      RUNNING: workers.reduce((sum, { busy }) => sum + busy, 0),
      RETRYING: notDue.retrying,
    },
    queues,
  };
}

function typesRunBy(workers: readonly LiveWorker[]): RunType[] {
  const pairs = workers.flatMap(({ queues, types }) =>
    queues.flatMap((queue) => types.map(({ type }): [string, RunType] => [`${queue} ${type}`, { queue, type }])),
  );
  return [...new Map(pairs).values()];
}

function workersByQueue(workers: readonly LiveWorker[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { queues } of workers) for (const queue of queues) counts.set(queue, (counts.get(queue) ?? 0) + 1);
  return counts;
}
