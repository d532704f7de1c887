import { type Counter, counter, gauge, type Histogram, histogram, type Registry } from '@cloudtask/core/metrics';
import type { AttemptEnd } from './attempt-end.ts';

export interface WorkerMetrics {
  /** Types are those that this worker runs, so the labels are bounded. */
  ended(type: string, kind: AttemptEnd['kind'] | 'cancelled' | 'lost', durationMs: number): void;
  published(isConfirmed: boolean): void;
  surplusHints: Counter;
  releasedHints: Counter<'why'>;
}

export function workerMetrics(
  registry: Registry,
  slots: number,
  now: { inProgress(): number; children(): number },
): WorkerMetrics {
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
  });
  const publishes = counter(registry, {
    name: 'rabbitmq_publish_total',
    help: 'Messages given to the broker, by whether it confirmed them',
    labelNames: ['outcome'],
  });
  gauge(registry, { name: 'cloudtask_worker_slots', help: 'Jobs that this worker runs at a time' }).set(slots);
  gauge(registry, {
    name: 'cloudtask_jobs_in_progress',
    help: 'Jobs that run on this worker now',
    collect() {
      this.set(now.inProgress());
    },
  });
  gauge(registry, {
    name: 'cloudtask_isolated_children',
    help: 'Child processes of this worker, those that wait for a job too',
    collect() {
      this.set(now.children());
    },
  });

  // Looking labels up costs more than counting: for each type and end it is done once.
  const durations = new Map<string, Histogram.Internal<string>>();
  const ends = new Map<string, Map<string, Counter.Internal>>();

  return {
    ended(type, kind, durationMs) {
      const ofType = remember(ends, type, () => new Map());
      remember(ofType, kind, () => processed.labels({ type, status: kind })).inc();
      remember(durations, type, () => duration.labels({ type })).observe(durationMs / 1_000);
    },
    published: (isConfirmed) => publishes.inc({ outcome: isConfirmed ? 'success' : 'failure' }),
    surplusHints: counter(registry, {
      name: 'cloudtask_surplus_hints_total',
      help: 'Hints whose job was taken already, finished, or cancelled',
    }),
    releasedHints: counter(registry, {
      name: 'cloudtask_released_hints_total',
      help: 'Hints given back because no slot was free or no handler runs their type',
      labelNames: ['why'],
    }),
  };
}

function remember<Key, Value>(map: Map<Key, Value>, key: Key, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}
