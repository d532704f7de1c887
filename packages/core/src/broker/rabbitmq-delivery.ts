import type { Delivery } from './broker.ts';
import type { Channel, ConsumeMessage } from './rabbitmq-connection.ts';

/**
 * Settles once, on the channel the message came from: a second settlement, or one on another channel, names a tag
 * that the broker does not know, and it closes the channel for that, with all other deliveries.
 */
export class RabbitMqDelivery implements Delivery {
  readonly #channel: Channel;
  readonly #message: ConsumeMessage;
  #isSettled = false;

  constructor(channel: Channel, message: ConsumeMessage) {
    this.#channel = channel;
    this.#message = message;
  }

  get body(): Buffer {
    return this.#message.content;
  }

  get redelivered(): boolean {
    return this.#message.fields.redelivered;
  }

  get traceparent(): string | undefined {
    const header: unknown = this.#message.properties.headers?.['traceparent'];
    return typeof header === 'string' ? header : undefined;
  }

  ack(): void {
    this.#settle(() => this.#channel.ack(this.#message));
  }

  requeue(): void {
    this.#settle(() => this.#channel.nack(this.#message, false, true));
  }

  #settle(send: () => void): void {
    if (this.#isSettled) return;
    this.#isSettled = true;
    try {
      send();
    } catch {
      // The channel is gone: the broker has taken the message back already.
    }
  }
}
