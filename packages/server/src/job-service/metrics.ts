import { jobsCreatedCounter } from '@cloudtask/core/jobs-created-counter';
import { type Counter, counter, fromZero, type Histogram, histogram, type Registry } from '@cloudtask/core/metrics';
import { publishesCounter } from '@cloudtask/core/publishes-counter';

export interface JobServiceMetrics {
  requestSeconds: Histogram<'method' | 'uri' | 'status' | 'outcome'>;
  jobsCreated: Counter<'type'>;
  jobsCreatedSeconds: Histogram<'type'>;
  publishes: Counter<'outcome'>;
  registrations: Counter;
  logins: Counter<'outcome'>;
}

// Names and labels are those of the original system, so that its dashboards and alerts go on working.
export function jobServiceMetrics(registry: Registry): JobServiceMetrics {
  const logins = counter(registry, {
    name: 'auth_logins_total',
    help: 'Logins: success or failure',
    labelNames: ['outcome'],
  });
  return {
    requestSeconds: histogram(registry, {
      name: 'http_server_requests_seconds',
      help: 'Time to answer HTTP requests; uri is the route, never the raw path',
      labelNames: ['method', 'uri', 'status', 'outcome'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
      enableExemplars: true,
    }),
    jobsCreated: jobsCreatedCounter(registry),
    jobsCreatedSeconds: histogram(registry, {
      name: 'jobs_created_seconds',
      help: 'Time from reading a submit request to its commit; one observation per request and type',
      labelNames: ['type'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5],
    }),
    publishes: publishesCounter(registry),
    registrations: counter(registry, { name: 'auth_registrations_total', help: 'Accounts registered' }),
    logins: fromZero(logins, 'outcome', ['success', 'failure']),
  };
}
