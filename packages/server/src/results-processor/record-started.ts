import type { Broker, Consumer } from '@cloudtask/core/broker/broker';
import type { Logger } from '@cloudtask/core/logger';
import { STARTED_QUEUE } from '@cloudtask/core/messages';
import { quarantine } from '@cloudtask/core/quarantine';
import type { Signals } from '@cloudtask/core/signals/signals';
import type { ProcessorMetrics } from './metrics.ts';
import { readStartedEvents } from './read-events.ts';

export interface RecordStarted {
  broker: Broker;
  signals: Signals;
  logger: Logger;
  metrics: ProcessorMetrics;
}

/**
 * Tells watchers that attempts began. It writes nothing: the claim has stored RUNNING already, so a `started` that
 * comes late, twice, after its `completed` or never changes nothing.
 */
export async function recordStarted(deps: RecordStarted): Promise<Consumer> {
  const { broker, signals, metrics } = deps;
  return await broker.consume(STARTED_QUEUE, { prefetch: 100 }, (delivery) => {
    try {
      const events = readStartedEvents(delivery.body);
      signals.ring(
        'jobs',
        events.map(({ jobId, userId }) => ({ id: jobId, userId })),
      );
      metrics.statusUpdates.inc({ status: 'RUNNING' }, events.length);
      delivery.ack();
    } catch (error) {
      void quarantine(deps, STARTED_QUEUE, delivery, error);
    }
  });
}
