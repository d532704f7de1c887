import {
  type Broker,
  BrokerUnavailable,
  type ConsumeOptions,
  type Consumer,
  type Delivery,
  type Health,
  type PublishOptions,
  type QueueDepth,
} from '../broker/broker.ts';
import { deliver } from '../broker/deliver.ts';
import type { Logger } from '../logger.ts';
import type { Link, Told } from './link.ts';
import type { LinkCall, LinkedMessage } from './link-messages.ts';

export interface LinkedBrokerOptions {
  system: Broker['system'];
  logger?: Logger | undefined;
}

/** The broker of the process at the other end of a link. Closing lets go of it; over there it stays open. */
export function linkedBroker(link: Link, options: LinkedBrokerOptions): Broker {
  return new LinkedBroker(link, options);
}

class LinkedBroker implements Broker {
  readonly system: Broker['system'];
  readonly #link: Link;
  readonly #logger: Logger | undefined;
  readonly #consumers = new Map<number, LinkedConsumer>();
  readonly #stopHearing: () => void;
  #lastConsumer = 0;
  #told: Health = { up: true };
  #closing: Promise<void> | undefined;

  constructor(link: Link, { system, logger }: LinkedBrokerOptions) {
    this.#link = link;
    this.system = system;
    this.#logger = logger;
    this.#stopHearing = link.hear((told) => this.#hear(told));
  }

  async publish(queue: string, body: Buffer, options: PublishOptions = {}): Promise<void> {
    await this.#call({ op: 'publish', queue, body, options });
  }

  async consume(queue: string, options: ConsumeOptions, onDelivery: (delivery: Delivery) => void): Promise<Consumer> {
    const receiver = { queue, onDelivery, logger: this.#logger };
    const id = ++this.#lastConsumer;
    const consumer = new LinkedConsumer({
      id,
      link: this.#link,
      call: <T>(call: LinkCall) => this.#call<T>(call),
      onDelivery: (delivery) => deliver(receiver, delivery),
      onClose: () => this.#consumers.delete(id),
    });
    this.#consumers.set(id, consumer);
    try {
      consumer.tell(await this.#call<boolean>({ op: 'consume', consumer: id, queue, options }));
    } catch (error) {
      this.#consumers.delete(id);
      throw error;
    }
    return consumer;
  }

  depth(queue: string): Promise<QueueDepth> {
    return this.#call({ op: 'depth', queue });
  }

  purge(queue: string): Promise<void> {
    return this.#call({ op: 'purge', queue });
  }

  wasWiped(): Promise<boolean> {
    return this.#call({ op: 'was-wiped' });
  }

  get health(): Health {
    if (this.#closing) return { up: false, detail: 'closed' };
    return this.#link.isUp ? this.#told : { up: false, detail: 'the process that holds it is gone' };
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#consumers.values()].map((consumer) => consumer.close()));
    this.#stopHearing();
  }

  async #call<T>(call: LinkCall): Promise<T> {
    if (this.#closing) throw new BrokerUnavailable('this process has let go of the broker');
    return await this.#link.call<T>(call, (message) => new BrokerUnavailable(message));
  }

  #hear(told: Told): void {
    if (told.kind === 'delivery') this.#consumers.get(told.consumer)?.receive(told);
    if (told.kind !== 'state') return;
    this.#told = told.broker;
    for (const [id, consumer] of this.#consumers) consumer.tell(told.subscribed.includes(id));
  }
}

interface LinkedConsumerOptions {
  id: number;
  link: Link;
  call<T>(call: LinkCall): Promise<T>;
  onDelivery(delivery: Delivery): void;
  onClose(): void;
}

class LinkedConsumer implements Consumer {
  readonly #options: LinkedConsumerOptions;
  #isSubscribed = false;
  #closing: Promise<void> | undefined;

  constructor(options: LinkedConsumerOptions) {
    this.#options = options;
  }

  get subscribed(): boolean {
    return this.#isSubscribed && this.#options.link.isUp;
  }

  /** Whether the broker has it, as was just heard. */
  tell(isSubscribed: boolean): void {
    if (!this.#closing) this.#isSubscribed = isSubscribed;
  }

  receive({ delivery, body, redelivered, traceparent }: LinkedMessage): void {
    const { id: consumer, link, onDelivery } = this.#options;
    let isSettled = false;
    const settle = (how: 'ack' | 'requeue') => {
      if (isSettled) return;
      isSettled = true;
      link.tell({ op: 'settle', consumer, delivery, how });
    };
    onDelivery({
      body: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
      redelivered,
      traceparent,
      ack: () => settle('ack'),
      requeue: () => settle('requeue'),
    });
  }

  async pause(): Promise<void> {
    await this.#steer({ op: 'pause', consumer: this.#options.id });
  }

  async resume(options?: ConsumeOptions): Promise<void> {
    await this.#steer({ op: 'resume', consumer: this.#options.id, options });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #steer(call: LinkCall): Promise<void> {
    // A consumer of a broker that is away pauses and resumes all the same.
    if (this.#closing || !this.#options.link.isUp) return;
    this.tell(await this.#options.call<boolean>(call));
  }

  async #close(): Promise<void> {
    const { id, link, onClose } = this.#options;
    this.#isSubscribed = false;
    // When the link is broken, the other side has ended it already.
    await link.call({ op: 'end-consumer', consumer: id }, (message) => new BrokerUnavailable(message)).catch(() => {});
    onClose();
  }
}
