import type { Broker, ConsumeOptions, Delivery } from '../../src/broker/broker.ts';

/** Consumes and settles nothing. */
export async function hold(broker: Broker, queue: string, options: ConsumeOptions): Promise<Delivery[]> {
  const held: Delivery[] = [];
  await broker.consume(queue, options, (delivery) => held.push(delivery));
  return held;
}

/** Consumes and acknowledges at once. */
export async function settled(broker: Broker, queue: string, options: ConsumeOptions): Promise<Delivery[]> {
  const seen: Delivery[] = [];
  await broker.consume(queue, options, (delivery) => {
    seen.push(delivery);
    delivery.ack();
  });
  return seen;
}

export function bodies(deliveries: readonly Delivery[]): string[] {
  return deliveries.map(({ body }) => body.toString());
}
