import type { Logger } from '../logger.ts';
import {
  type Broker,
  BrokerUnavailable,
  type ConsumeOptions,
  type Consumer,
  type Delivery,
  type Health,
  type PublishOptions,
  type QueueDepth,
} from './broker.ts';
import { deliver } from './deliver.ts';
import { MemoryQueue, type MemorySubscription } from './memory-queue.ts';

/** A broker inside the process: who holds the object shares its queues, and they end with the process. */
export function openMemoryBroker(options: { logger?: Logger | undefined } = {}): Broker {
  return new MemoryBroker(options.logger);
}

class MemoryBroker implements Broker {
  readonly system = 'memory';
  readonly #logger: Logger | undefined;
  readonly #queues = new Map<string, MemoryQueue>();
  readonly #consumers = new Set<MemoryConsumer>();
  #hasMark = false;
  #isClosed = false;

  constructor(logger: Logger | undefined) {
    this.#logger = logger;
  }

  async publish(queue: string, body: Buffer, { traceparent }: PublishOptions = {}): Promise<void> {
    this.#queue(queue).add(body, traceparent);
  }

  async consume(queue: string, options: ConsumeOptions, onDelivery: (delivery: Delivery) => void): Promise<Consumer> {
    const receiver = { queue, onDelivery, logger: this.#logger };
    const consumer = new MemoryConsumer(this.#queue(queue), options, (delivery) => deliver(receiver, delivery));
    this.#consumers.add(consumer);
    return consumer;
  }

  async depth(queue: string): Promise<QueueDepth> {
    const { ready, consumers } = this.#queue(queue);
    return { ready, consumers };
  }

  async purge(queue: string): Promise<void> {
    this.#queue(queue).purge();
  }

  async wasWiped(): Promise<boolean> {
    this.#assertOpen();
    const wasWiped = !this.#hasMark;
    this.#hasMark = true;
    return wasWiped;
  }

  get health(): Health {
    return this.#isClosed ? { up: false, detail: 'closed' } : { up: true };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    this.#queues.clear();
  }

  #queue(name: string): MemoryQueue {
    this.#assertOpen();
    let queue = this.#queues.get(name);
    if (!queue) {
      queue = new MemoryQueue();
      this.#queues.set(name, queue);
    }
    return queue;
  }

  #assertOpen(): void {
    if (this.#isClosed) throw new BrokerUnavailable('the in-process broker is closed');
  }
}

class MemoryConsumer implements Consumer {
  readonly #queue: MemoryQueue;
  readonly #options: ConsumeOptions;
  readonly #onDelivery: (delivery: Delivery) => void;
  /** Several after a pause: what the earlier ones hold is still to be settled. */
  readonly #subscriptions = new Set<MemorySubscription>();
  #current: MemorySubscription | undefined;
  #isClosed = false;

  constructor(queue: MemoryQueue, options: ConsumeOptions, onDelivery: (delivery: Delivery) => void) {
    this.#queue = queue;
    this.#options = options;
    this.#onDelivery = onDelivery;
    this.#subscribe(options);
  }

  get subscribed(): boolean {
    return this.#current !== undefined;
  }

  async pause(): Promise<void> {
    this.#unsubscribe();
  }

  async resume(options: ConsumeOptions = this.#options): Promise<void> {
    if (this.#isClosed || this.#current?.prefetch === options.prefetch) return;
    this.#unsubscribe();
    this.#subscribe(options);
  }

  async close(): Promise<void> {
    this.#unsubscribe();
    this.#isClosed = true;
    for (const subscription of this.#subscriptions) subscription.giveBackAll();
    this.#subscriptions.clear();
  }

  #subscribe(options: ConsumeOptions): void {
    for (const earlier of this.#subscriptions) if (earlier.holdsNothing) this.#subscriptions.delete(earlier);
    this.#current = this.#queue.subscribe(options, this.#onDelivery);
    this.#subscriptions.add(this.#current);
  }

  #unsubscribe(): void {
    if (this.#current) this.#queue.unsubscribe(this.#current);
    this.#current = undefined;
  }
}
