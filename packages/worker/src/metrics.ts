import { exemplarOf } from '@cloudtask/core/exemplar';
import { jobsCreatedCounter } from '@cloudtask/core/jobs-created-counter';
import { createdQueue } from '@cloudtask/core/messages';
import {
  type Counter,
  counter,
  fromZero,
  gauge,
  type Histogram,
  histogram,
  type Registry,
} from '@cloudtask/core/metrics';
import { publishesCounter } from '@cloudtask/core/publishes-counter';
import { quarantinedCounter } from '@cloudtask/core/quarantined-counter';
import type { AttemptEnd } from './attempt-end.ts';

export interface WorkerMetrics {
  /** Types are those that this worker runs, so the labels are bounded. */
  claimed(type: string, waitedMs: number): void;
  /** With the trace of the attempt, when it has one, as an example of its duration. */
  ended(type: string, kind: EndKind, durationMs: number, traceId?: string): void;
  published(isConfirmed: boolean): void;
  surplusHints: Counter;
  releasedHints: Counter<'why'>;
  quarantined: Counter<'queue'>;
  /** Jobs that handlers made. */
  created: Counter<'type'>;
}

export type EndKind = AttemptEnd['kind'] | 'cancelled' | 'lost';
const END_KINDS: readonly EndKind[] = ['completed', 'failed', 'interrupted', 'snoozed', 'cancelled', 'lost'];

export interface MeasuredWorker {
  slots: number;
  types: readonly string[];
  queues: readonly string[];
  inProgress(): number;
  children(): number;
}

export function workerMetrics(registry: Registry, worker: MeasuredWorker): WorkerMetrics {
  const processed = counter(registry, {
    name: 'worker_jobs_processed_total',
    help: 'Attempts that ended on this worker, by how they ended',
    labelNames: ['type', 'status'],
  });
  const duration = histogram(registry, {
    name: 'worker_job_duration_seconds',
    help: 'Time from the start of a handler to the end of its attempt',
    labelNames: ['type'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600],
    enableExemplars: true,
  });
  const queueWait = histogram(registry, {
    name: 'cloudtask_job_queue_wait_seconds',
    help: 'Time from when an attempt was due to its claim by this worker; a retry is due when the scheduler made it so',
    labelNames: ['type'],
    buckets: [0.01, 0.05, 0.1, 0.5, 1, 5, 15, 30, 60, 300, 900, 3_600],
  });
  const publishes = publishesCounter(registry);
  const releasedHints = counter(registry, {
    name: 'cloudtask_released_hints_total',
    help: 'Hints given back because no slot was free, no handler runs their type, or as many of their type run as may',
    labelNames: ['why'],
  });
  gauge(registry, { name: 'cloudtask_worker_slots', help: 'Jobs that this worker runs at a time' }).set(worker.slots);
  gauge(registry, {
    name: 'cloudtask_jobs_in_progress',
    help: 'Jobs that run on this worker now',
    collect() {
      this.set(worker.inProgress());
    },
  });
  gauge(registry, {
    name: 'cloudtask_isolated_children',
    help: 'Child processes of this worker, those that wait for a job too',
    collect() {
      this.set(worker.children());
    },
  });

  // Looking labels up costs more than counting: for each type and end it is done once.
  const durations = new Map<string, Histogram.Internal<string>>();
  const waits = new Map<string, Histogram.Internal<string>>();
  const ends = new Map<string, Map<string, Counter.Internal>>();
  for (const type of worker.types) for (const status of END_KINDS) processed.inc({ type, status }, 0);

  return {
    claimed(type, waitedMs) {
      remember(waits, type, () => queueWait.labels({ type })).observe(waitedMs / 1_000);
    },
    ended(type, kind, durationMs, traceId) {
      const ofType = remember(ends, type, () => new Map());
      remember(ofType, kind, () => processed.labels({ type, status: kind })).inc();
      const seconds = durationMs / 1_000;
      if (traceId === undefined) remember(durations, type, () => duration.labels({ type })).observe(seconds);
      else duration.observe({ labels: { type }, value: seconds, exemplarLabels: exemplarOf(traceId) });
    },
    published: (isConfirmed) => publishes.inc({ outcome: isConfirmed ? 'success' : 'failure' }),
    surplusHints: counter(registry, {
      name: 'cloudtask_surplus_hints_total',
      help: 'Hints whose job was taken already, finished, or cancelled',
    }),
    releasedHints: fromZero(releasedHints, 'why', ['no_slot', 'no_handler', 'type_limit']),
    created: jobsCreatedCounter(registry),
    quarantined: fromZero(quarantinedCounter(registry), 'queue', worker.queues.map(createdQueue)),
  };
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
