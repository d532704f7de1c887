import { type Counter, counter, fromZero, type Registry } from './metrics.ts';

/** Of every service that publishes: hints of the job-service and the scheduler, reports of workers. */
export function publishesCounter(registry: Registry): Counter<'outcome'> {
  const publishes = counter(registry, {
    name: 'rabbitmq_publish_total',
    help: 'Messages given to the broker, hints or reports: success when it confirmed them, failure otherwise',
    labelNames: ['outcome'],
  });
  return fromZero(publishes, 'outcome', ['success', 'failure']);
}
