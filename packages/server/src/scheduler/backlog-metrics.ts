import type { Database } from '@cloudtask/core/database/database';
import { gauge, type Registry } from '@cloudtask/core/metrics';
import { COUNTED_AT_MOST } from '../store/waiting.ts';
import { COUNTED_PER_QUEUE, MOST_QUEUES, measureBacklog, type QueueBacklog } from './measure-backlog.ts';
import { readSeldom } from './read-seldom.ts';

/**
 * Gauges of what is in the database. They are read when somebody scrapes, not by a duty: a duty of each scheduler would
 * read whether anybody looks or not, and what it left behind would go on being told while the database is away. Now
 * they are missing then. All schedulers export the same values: queries take `max by (…)` of them.
 */
export function backlogMetrics(registry: Registry, { database }: { database: Database }): void {
  const read = readSeldom(() => measureBacklog(database), { freshMs: FRESH_MS, patienceMs: PATIENCE_MS });

  gauge(registry, {
    name: 'cloudtask_jobs',
    help:
      'Jobs that have not ended. PENDING: hint not published yet, counted as cloudtask_queue_waiting_jobs; ' +
      `SCHEDULED, RETRYING: among the next ${COUNTED_AT_MOST} timers; RUNNING: as workers last said`,
    labelNames: ['status'],
    async collect() {
      const backlog = await read();
      this.reset();
      for (const [status, jobs] of Object.entries(backlog?.jobs ?? {})) this.set({ status }, jobs);
    },
  });
  const ofQueues = (name: string, help: string, pick: (queue: QueueBacklog) => number) =>
    gauge(registry, {
      name,
      help,
      labelNames: ['queue'],
      async collect() {
        const backlog = await read();
        this.reset();
        for (const each of backlog?.queues ?? []) this.set({ queue: each.queue }, pick(each));
      },
    });
  const limits = `at most ${COUNTED_PER_QUEUE} are looked at in each of at most ${MOST_QUEUES} queues`;
  ofQueues(
    'cloudtask_queue_waiting_jobs',
    `Due jobs of a queue whose hint has not been published; ${limits}`,
    ({ waiting }) => waiting,
  );
  ofQueues(
    'cloudtask_queue_oldest_job_age_seconds',
    'How long the oldest job counted in cloudtask_queue_waiting_jobs has been due, of those whose type a live worker of ' +
      `the queue runs; 0 when none waits; ${limits}`,
    ({ oldestSeconds }) => oldestSeconds,
  );
  ofQueues(
    'cloudtask_queue_jobs_without_worker',
    `Jobs counted in cloudtask_queue_waiting_jobs whose type no live worker of the queue runs; ${limits}`,
    ({ withoutWorker }) => withoutWorker,
  );
  ofQueues('cloudtask_workers', 'Live workers that take jobs of a queue', ({ workers }) => workers);
  ofQueues('cloudtask_queue_paused', 'Whether somebody has paused a queue: 1 yes, 0 no', ({ isPaused }) =>
    Number(isPaused),
  );
  gauge(registry, {
    name: 'cloudtask_unhinted_jobs',
    help: `Due jobs of all queues whose hint has not been published; ${limits}`,
    async collect() {
      const backlog = await read();
      this.remove();
      if (backlog) this.set(backlog.jobs.PENDING);
    },
  });
}

const FRESH_MS = 5_000;
/** Prometheus gives a scrape 10 s unless told otherwise, and the rest of the answer is worth having all the same. */
const PATIENCE_MS = 2_000;
