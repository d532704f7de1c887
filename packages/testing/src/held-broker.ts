import type {
  Broker,
  ConsumeOptions,
  Consumer,
  Delivery,
  Health,
  PublishOptions,
  QueueDepth,
} from '@cloudtask/core/broker/broker';
import { openMemoryBroker } from '@cloudtask/core/broker/memory';
import {
  COMPLETED_QUEUE,
  type CompletedEvent,
  type CompletedMessage,
  CREATED_QUEUE,
  type Hint,
  type HintMessage,
} from '@cloudtask/core/messages';

export interface HeldBrokerOptions {
  /** Each hint comes twice; the claim makes the second harmless. */
  hintsTwice: boolean;
  /** Whether this job may be offered now. */
  mayRun(jobId: string): boolean;
  /** How the end of an attempt is told to the platform. */
  retell(event: CompletedEvent): Promise<CompletedEvent>;
}

interface Held {
  queue: string;
  hint: Hint;
}

/**
 * The broker in memory, with a gate before the workers: while it is shut, hints wait here. They do not count as ready
 * messages, because a worker that is not given those would take itself for deaf.
 */
export class HeldBroker implements Broker {
  readonly system = 'memory';
  readonly #inner: Broker = openMemoryBroker();
  readonly #options: HeldBrokerOptions;
  #held: Held[] = [];
  #isOpen = false;

  constructor(options: HeldBrokerOptions) {
    this.#options = options;
  }

  async publish(queue: string, body: Buffer, options?: PublishOptions): Promise<void> {
    if (queue === COMPLETED_QUEUE) return await this.#publishEnds(body, options);
    if (queue !== CREATED_QUEUE && !queue.startsWith(`${CREATED_QUEUE}.`)) {
      return await this.#inner.publish(queue, body, options);
    }
    const { jobs } = JSON.parse(body.toString()) as HintMessage;
    this.#held.push(...jobs.map((hint) => ({ queue, hint })));
    if (this.#isOpen) await this.#letThrough();
  }

  /** Gives out what waits, and what comes from now on. */
  async open(): Promise<void> {
    this.#isOpen = true;
    await this.#letThrough();
  }

  shut(): void {
    this.#isOpen = false;
  }

  /** Forgets what waits. */
  clear(): void {
    this.#held = [];
  }

  consume(queue: string, options: ConsumeOptions, onDelivery: (delivery: Delivery) => void): Promise<Consumer> {
    return this.#inner.consume(queue, options, onDelivery);
  }

  depth(queue: string): Promise<QueueDepth> {
    return this.#inner.depth(queue);
  }

  purge(queue: string): Promise<void> {
    return this.#inner.purge(queue);
  }

  wasWiped(): Promise<boolean> {
    return this.#inner.wasWiped();
  }

  get health(): Health {
    return this.#inner.health;
  }

  close(): Promise<void> {
    return this.#inner.close();
  }

  async #letThrough(): Promise<void> {
    const free = this.#held.filter(({ hint }) => this.#options.mayRun(hint.id));
    this.#held = this.#held.filter(({ hint }) => !this.#options.mayRun(hint.id));
    for (const { queue, hint } of free) {
      const body = Buffer.from(JSON.stringify({ v: 1, jobs: [hint] } satisfies HintMessage));
      await this.#inner.publish(queue, body);
      if (this.#options.hintsTwice) await this.#inner.publish(queue, body);
    }
  }

  async #publishEnds(body: Buffer, options?: PublishOptions): Promise<void> {
    const { events } = JSON.parse(body.toString()) as CompletedMessage;
    const told = await Promise.all(events.map((event) => this.#options.retell(event)));
    await this.#inner.publish(
      COMPLETED_QUEUE,
      Buffer.from(JSON.stringify({ v: 1, events: told } satisfies CompletedMessage)),
      options,
    );
  }
}
