import { type Counter, counter, type Registry } from '@cloudtask/core/metrics';

/** Of the job-service, and of the scheduler for the jobs of slots. */
export function jobsCreatedCounter(registry: Registry): Counter<'type'> {
  return counter(registry, {
    name: 'jobs_created_total',
    help: 'Jobs accepted, also those of schedules; types that no worker registered count as other',
    labelNames: ['type'],
  });
}
