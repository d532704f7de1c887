import type { Counter } from 'prom-client';
import type { Broker, Delivery } from './broker/broker.ts';
import type { Logger } from './logger.ts';
import { QUARANTINE_QUEUE } from './messages.ts';

export interface Quarantine {
  broker: Broker;
  logger: Logger;
  metrics: {
    quarantined: Counter<'queue'>;
    /** Deliveries given back because quarantine itself could not take them. */
    nacks?: Counter;
  };
}

/**
 * Puts a message that nobody can use aside, with the queue of the broker that it came from and the reason, and acks it:
 * no message may stop a consumer. When the broker cannot take it just now, it goes back to its queue and comes again.
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
    metrics.nacks?.inc();
    // It comes again at once; a message returned in a circle would take a whole core.
    setTimeout(() => delivery.requeue(), TRY_AGAIN_MS).unref();
    logger.error({ queue, reason, err: error }, 'message could not be quarantined, it goes back');
  }
}

const TRY_AGAIN_MS = 1_000;
