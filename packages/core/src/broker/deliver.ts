import type { Logger } from '../logger.ts';
import type { Delivery } from './broker.ts';

interface Receiver {
  queue: string;
  onDelivery: (delivery: Delivery) => void;
  logger?: Logger | undefined;
}

/**
 * No message may stop a consumer. A message given back after a throw would come again at once, for ever; kept, it
 * would hold a place of the prefetch; thrown on through amqplib, it would end the channel with all other deliveries.
 */
export function deliver({ queue, onDelivery, logger }: Receiver, delivery: Delivery): void {
  try {
    onDelivery(delivery);
  } catch (error) {
    logger?.error({ queue, err: error }, 'a message was dropped: its consumer threw');
    delivery.ack();
  }
}
