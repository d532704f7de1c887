import type { Broker, Delivery } from '@cloudtask/core/broker/broker';
import type { Logger } from '@cloudtask/core/logger';
import { QUARANTINE_QUEUE } from '@cloudtask/core/messages';
import type { ProcessorMetrics } from './metrics.ts';

export interface Quarantine {
  broker: Broker;
  logger: Logger;
  /** `nacks`: deliveries given back because quarantine itself could not take them. */
  metrics: Pick<ProcessorMetrics, 'nacks' | 'quarantined'>;
}

/**
 * Puts a message that nobody can use aside, with the reason, and acks it: no message may stop a consumer. When the
 * broker cannot take it just now, it goes back to its queue and comes again.
 */
export async function quarantine(
  { broker, logger, metrics }: Quarantine,
  queue: string,
  delivery: Delivery,
  cause: unknown,
): Promise<void> {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const body = Buffer.from(JSON.stringify({ v: 1, queue, reason, body: delivery.body.toString('base64') }));
  try {
    await broker.publish(QUARANTINE_QUEUE, body, { isKept: true });
    delivery.ack();
    metrics.quarantined.inc({ queue });
    logger.warn({ queue, reason, bytes: delivery.body.length }, 'message quarantined');
  } catch (error) {
    metrics.nacks.inc();
    // It comes again at once; a message returned in a circle would take a whole core.
    setTimeout(() => delivery.requeue(), TRY_AGAIN_MS).unref();
    logger.error({ queue, reason, err: error }, 'message could not be quarantined, it goes back');
  }
}

const TRY_AGAIN_MS = 1_000;
