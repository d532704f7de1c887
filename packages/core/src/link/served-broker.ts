import type { Broker, Consumer, Delivery } from '../broker/broker.ts';
import type { LinkCall, LinkedMessage, LinkTell } from './link-messages.ts';

type BrokerCall = Exclude<LinkCall, { op: 'hello' | 'query' | 'script' | 'begin' | 'end' | 'listen' | 'unlisten' }>;

interface ServedConsumer {
  /** Undefined while the broker makes it, when deliveries may come already. */
  consumer: Consumer | undefined;
  held: Map<number, Delivery>;
}

/** A broker as the other side of a link sees it. */
export class ServedBroker {
  readonly #broker: Broker;
  readonly #deliver: (message: LinkedMessage) => void;
  readonly #consumers = new Map<number, ServedConsumer>();
  #lastDelivery = 0;
  #isClosed = false;

  constructor(broker: Broker, deliver: (message: LinkedMessage) => void) {
    this.#broker = broker;
    this.#deliver = deliver;
  }

  get subscribed(): number[] {
    return Array.from(this.#consumers).flatMap(([id, { consumer }]) => (consumer?.subscribed ? [id] : []));
  }

  async answer(call: BrokerCall): Promise<unknown> {
    switch (call.op) {
      case 'publish':
        return await this.#broker.publish(call.queue, asBuffer(call.body), call.options);
      case 'consume':
        return await this.#consume(call);
      case 'pause':
        return await this.#steer(call.consumer, (consumer) => consumer.pause());
      case 'resume':
        return await this.#steer(call.consumer, (consumer) => consumer.resume(call.options));
      case 'end-consumer':
        return await this.#endConsumer(call.consumer);
      case 'depth':
        return await this.#broker.depth(call.queue);
      case 'purge':
        return await this.#broker.purge(call.queue);
      case 'was-wiped':
        return await this.#broker.wasWiped();
    }
  }

  /** What was settled before, or belonged to a consumer that has ended, is nobody's any more. */
  settle({ consumer, delivery, how }: Extract<LinkTell, { op: 'settle' }>): void {
    const held = this.#consumers.get(consumer)?.held;
    const settled = held?.get(delivery);
    held?.delete(delivery);
    settled?.[how]();
  }

  /** Gives back what is held, and ends all consumers. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all([...this.#consumers.keys()].map((id) => this.#endConsumer(id)));
  }

  async #consume({ consumer: id, queue, options }: Extract<BrokerCall, { op: 'consume' }>): Promise<boolean> {
    const held = new Map<number, Delivery>();
    const served: ServedConsumer = { consumer: undefined, held };
    this.#consumers.set(id, served);
    const consumer = await this.#broker
      .consume(queue, options, (delivery) => {
        const number = ++this.#lastDelivery;
        held.set(number, delivery);
        const { body, redelivered, traceparent } = delivery;
        this.#deliver({ consumer: id, delivery: number, body, redelivered, traceparent });
      })
      .catch((error: unknown) => {
        this.#consumers.delete(id);
        throw error;
      });
    served.consumer = consumer;
    // The other side let go of it, or went, while the broker made it.
    if (this.#isClosed || this.#consumers.get(id) !== served) await consumer.close();
    return consumer.subscribed;
  }

  async #steer(id: number, how: (consumer: Consumer) => Promise<void>): Promise<boolean> {
    const consumer = this.#consumers.get(id)?.consumer;
    if (!consumer) return false;
    await how(consumer);
    return consumer.subscribed;
  }

  async #endConsumer(id: number): Promise<void> {
    const served = this.#consumers.get(id);
    this.#consumers.delete(id);
    await served?.consumer?.close();
  }
}

/** The same bytes: what comes over a channel may be a plain array of bytes. */
function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
