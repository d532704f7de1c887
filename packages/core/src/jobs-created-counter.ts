import { type Counter, counter, type Registry } from './metrics.ts';

/** Of the job-service, of the scheduler for the jobs of slots, and of workers for those that handlers make. */
export function jobsCreatedCounter(registry: Registry): Counter<'type'> {
  return counter(registry, {
    name: 'jobs_created_total',
    help: 'Jobs accepted, also those of schedules and handlers; types that no worker registered count as other',
    labelNames: ['type'],
  });
}
