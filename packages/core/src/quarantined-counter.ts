import { type Counter, counter, type Registry } from './metrics.ts';

/** Of every service that consumes. `queue` is its name at the broker: there are as many as the service was told to consume. */
export function quarantinedCounter(registry: Registry): Counter<'queue'> {
  return counter(registry, {
    name: 'cloudtask_quarantined_messages_total',
    help: 'Messages that nobody could read, put aside in jobs.quarantine; queue is where they came from',
    labelNames: ['queue'],
  });
}
