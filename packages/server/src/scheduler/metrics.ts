import { jobsCreatedCounter } from '@cloudtask/core/jobs-created-counter';
import { type Counter, counter, fromZero, type Gauge, gauge, type Registry } from '@cloudtask/core/metrics';
import { publishesCounter } from '@cloudtask/core/publishes-counter';

export interface SchedulerMetrics {
  lastTick: Gauge<'duty'>;
  failures: Counter<'duty'>;
  slots: Counter<'outcome'>;
  jobsCreated: Counter<'type'>;
  publishes: Counter<'outcome'>;
  lostLeases: Counter;
}

export function schedulerMetrics(registry: Registry): SchedulerMetrics {
  const slots = counter(registry, {
    name: 'cloudtask_schedule_slots_total',
    help: 'Slots of schedules that this scheduler decided: fired, overlap, missed or refused',
    labelNames: ['outcome'],
  });
  return {
    lastTick: gauge(registry, {
      name: 'cloudtask_scheduler_last_tick_timestamp_seconds',
      help: 'When each duty of the scheduler last ended well, at first when it was started; seconds since the epoch',
      labelNames: ['duty'],
    }),
    failures: counter(registry, {
      name: 'cloudtask_scheduler_failures_total',
      help: 'Rounds of a duty that ended with an error',
      labelNames: ['duty'],
    }),
    slots: fromZero(slots, 'outcome', ['fired', 'overlap', 'missed', 'refused']),
    jobsCreated: jobsCreatedCounter(registry),
    publishes: publishesCounter(registry),
    lostLeases: counter(registry, {
      name: 'cloudtask_lost_leases_total',
      help: 'Attempts that this scheduler took back from workers that had died',
    }),
  };
}
