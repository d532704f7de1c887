import { exportedMetrics } from '../../scripts/exported-metrics.ts';

/** Metrics that our alerts and dashboards use and that others export, by who does. */
const foreign = {
  prometheus: ['up', 'ALERTS'],
  rabbitmq: [
    'rabbitmq_alarms_memory_used_watermark',
    'rabbitmq_alarms_free_disk_space_watermark',
    'rabbitmq_process_resident_memory_bytes',
    'rabbitmq_disk_space_available_bytes',
    // Of /metrics/detailed, with the families queue_coarse_metrics and queue_consumer_count.
    'rabbitmq_detailed_queue_messages_ready',
    'rabbitmq_detailed_queue_messages_unacked',
    'rabbitmq_detailed_queue_consumers',
  ],
} as const;

const SUFFIXES: Record<string, readonly string[]> = { histogram: ['_bucket', '_count', '_sum'] };

/** Every name that a query may ask for: what our services really declare, and the foreign ones. */
export function knownSeries(): Set<string> {
  const ours = exportedMetrics().flatMap(({ name, type }) => (SUFFIXES[type] ?? ['']).map((suffix) => name + suffix));
  return new Set([...ours, ...Object.values(foreign).flat()]);
}
