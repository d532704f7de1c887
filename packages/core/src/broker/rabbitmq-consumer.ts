import type { Logger } from '../logger.ts';
import { BrokerMisconfigured, type ConsumeOptions, type Consumer, type Delivery } from './broker.ts';
import { deliver } from './deliver.ts';
import { KeptChannel } from './rabbitmq-channel.ts';
import type { Channel, RabbitMqConnection } from './rabbitmq-connection.ts';
import { RabbitMqDelivery } from './rabbitmq-delivery.ts';
import type { Topology } from './rabbitmq-topology.ts';

export interface RabbitMqConsumerOptions {
  connection: RabbitMqConnection;
  topology: Topology;
  queue: string;
  prefetch: number;
  onDelivery: (delivery: Delivery) => void;
  onClosed: (consumer: RabbitMqConsumer) => void;
  logger?: Logger | undefined;
}

/**
 * One consumer on a channel of its own. What is wanted (`#prefetch`) and what the broker has (`#subscription`) are
 * kept apart; `#arrange` makes the second follow the first, after every change of either, one arrangement at a time.
 */
export class RabbitMqConsumer implements Consumer {
  readonly #options: RabbitMqConsumerOptions;
  readonly #channel: KeptChannel<Channel>;
  /** Wanted; undefined while paused. */
  #prefetch: number | undefined;
  #subscription: Subscription | undefined;
  /** From its opening on, so that a pause is heard while the channel is being prepared. */
  #liveChannel: Channel | undefined;
  #arranging: Promise<unknown> = Promise.resolve();
  #closing: Promise<void> | undefined;

  /** Rejects with `BrokerMisconfigured`; any other trouble is expected to pass. */
  static async open(options: RabbitMqConsumerOptions): Promise<RabbitMqConsumer> {
    const consumer = new RabbitMqConsumer(options);
    const error = await consumer.#channel.firstAttempt;
    if (error instanceof BrokerMisconfigured) {
      await consumer.close();
      throw error;
    }
    return consumer;
  }

  private constructor(options: RabbitMqConsumerOptions) {
    this.#options = options;
    this.#prefetch = options.prefetch;
    this.#channel = new KeptChannel({
      connection: options.connection,
      logger: options.logger,
      purpose: `consume ${options.queue}`,
      open: (live) => live.createChannel(),
      prepare: (channel) => this.#prepare(channel),
      lost: (channel) => this.#lost(channel),
    });
  }

  get subscribed(): boolean {
    return this.#subscription !== undefined;
  }

  /** Why it is not subscribed. */
  get trouble(): string | undefined {
    return this.#prefetch === undefined ? undefined : this.#channel.trouble;
  }

  async pause(): Promise<void> {
    this.#prefetch = undefined;
    await this.#rearrange();
  }

  async resume(options?: ConsumeOptions): Promise<void> {
    this.#prefetch = options?.prefetch ?? this.#options.prefetch;
    await this.#rearrange();
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #end(): Promise<void> {
    this.#prefetch = undefined;
    // Closing the channel cancels the consumer and gives back what is held.
    await this.#channel.close();
    this.#subscription = undefined;
    this.#options.onClosed(this);
  }

  #prepare(channel: Channel): Promise<void> {
    this.#liveChannel = channel;
    return this.#arrange(channel);
  }

  /** On the present channel; the next one is arranged when it is opened. */
  async #rearrange(): Promise<void> {
    const channel = this.#liveChannel;
    if (!channel) return;
    await this.#arrange(channel).catch(async (error) => {
      this.#options.logger?.warn({ queue: this.#options.queue, err: error }, 'lost the subscription, trying again');
      await (async () => channel.close())().catch(() => {});
    });
  }

  #arrange(channel: Channel): Promise<void> {
    const arranged = this.#arranging.then(() => this.#arrangeNow(channel));
    this.#arranging = arranged.catch(() => {});
    return arranged;
  }

  async #arrangeNow(channel: Channel): Promise<void> {
    const has = this.#subscription;
    if (has && has.prefetch !== this.#prefetch) {
      await has.channel.cancel(has.consumerTag);
      if (this.#subscription === has) this.#subscription = undefined;
    }
    if (this.#prefetch !== undefined && !this.#subscription) await this.#subscribe(channel, this.#prefetch);
  }

  async #subscribe(channel: Channel, prefetch: number): Promise<void> {
    const { queue, topology } = this.#options;
    await topology.declare(queue);
    await channel.prefetch(prefetch);
    const subscription: Subscription = { channel, prefetch, consumerTag: '' };
    const ok = await channel.consume(topology.address(queue).queue, (message) => {
      if (message) deliver(this.#options, new RabbitMqDelivery(channel, message));
      else this.#cancelled(subscription);
    });
    if (subscription.isCancelled) throw new Error('the broker cancelled the consumer');
    this.#subscription = Object.assign(subscription, { consumerTag: ok.consumerTag });
  }

  /** By the broker: the queue was deleted, its node went away, or (since 4.3) an ack was late. The channel stays. */
  #cancelled(subscription: Subscription): void {
    subscription.isCancelled = true;
    this.#options.topology.forget(this.#options.queue);
    if (this.#subscription !== subscription) return;
    this.#subscription = undefined;
    void this.#rearrange();
  }

  #lost(channel: Channel): void {
    this.#options.topology.forget(this.#options.queue);
    if (this.#liveChannel === channel) this.#liveChannel = undefined;
    if (this.#subscription?.channel === channel) this.#subscription = undefined;
  }
}

interface Subscription {
  channel: Channel;
  prefetch: number;
  consumerTag: string;
  isCancelled?: boolean;
}
