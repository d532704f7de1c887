import { COMPLETED_QUEUE, STARTED_QUEUE } from '@cloudtask/core/messages';
import { type Counter, counter, fromZero, type Histogram, histogram, type Registry } from '@cloudtask/core/metrics';
import { quarantinedCounter } from '@cloudtask/core/quarantined-counter';

export interface ProcessorMetrics {
  statusUpdates: Counter<'status'>;
  databaseUpdateSeconds: Histogram;
  nacks: Counter;
  stale: Counter;
  quarantined: Counter<'queue'>;
}

export function processorMetrics(registry: Registry): ProcessorMetrics {
  const statusUpdates = counter(registry, {
    name: 'processor_status_updates_total',
    help: 'Changes of job status that the results-processor has seen or stored',
    labelNames: ['status'],
  });
  return {
    statusUpdates: fromZero(statusUpdates, 'status', STATUSES),
    databaseUpdateSeconds: histogram(registry, {
      name: 'processor_db_update_duration_seconds',
      help: 'Time to store one batch of outcomes',
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    }),
    nacks: counter(registry, { name: 'processor_nack_total', help: 'Messages given back to their queue' }),
    stale: counter(registry, {
      name: 'cloudtask_stale_outcomes_total',
      help: 'Outcomes that changed nothing: repeated, or from an attempt that had lost its job',
    }),
    quarantined: fromZero(quarantinedCounter(registry), 'queue', [STARTED_QUEUE, COMPLETED_QUEUE]),
  };
}

/** Those that an attempt leads to: it starts, and then its outcome decides. */
const STATUSES = ['RUNNING', 'COMPLETED', 'FAILED', 'RETRYING', 'CANCELLED', 'PENDING', 'SCHEDULED'] as const;
