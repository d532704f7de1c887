import { setTimeout as pause } from 'node:timers/promises';
import type { Broker, Consumer, Delivery } from '@cloudtask/core/broker/broker';
import type { Logger } from '@cloudtask/core/logger';
import { createdQueue, type Hint } from '@cloudtask/core/messages';
import { quarantine } from '@cloudtask/core/quarantine';
import type { WorkerMetrics } from './metrics.ts';
import { readHints } from './read-hints.ts';

export interface ConsumeOptions {
  broker: Broker;
  logger: Logger;
  metrics: Pick<WorkerMetrics, 'quarantined'>;
  queues: readonly string[];
  prefetch: number;
  /** A message came from this queue, whatever it holds. */
  onHeard(queue: string): void;
  onHints(hints: Hint[], delivery: Delivery): void;
}

/** The consumers of all queues of a worker, paused and resumed together: they share its slots. */
export class Consumers {
  readonly #options: ConsumeOptions;
  readonly #consumers: Consumer[] = [];
  /** Messages to hold unsettled per queue; 0: none, stop consuming. */
  #wanted: number;
  #applied: number;
  #applying: Promise<void> | undefined;
  #applyingSince = 0;
  #isClosed = false;

  static async open(options: ConsumeOptions): Promise<Consumers> {
    const consumers = new Consumers(options);
    const { broker, queues, prefetch, onHints, onHeard } = options;
    try {
      for (const queue of queues) {
        const onDelivery = (delivery: Delivery) => {
          onHeard(queue);
          try {
            onHints(readHints(delivery.body), delivery);
          } catch (error) {
            void quarantine(options, createdQueue(queue), delivery, error);
          }
        };
        consumers.#consumers.push(await broker.consume(createdQueue(queue), { prefetch }, onDelivery));
      }
    } catch (error) {
      await consumers.close();
      throw error;
    }
    return consumers;
  }

  private constructor(options: ConsumeOptions) {
    this.#options = options;
    this.#wanted = options.prefetch;
    this.#applied = options.prefetch;
  }

  get isPaused(): boolean {
    return this.#wanted === 0;
  }

  get prefetch(): number {
    return this.#wanted;
  }

  /** True while the broker really has all consumers; while paused, while it could have them. */
  get isSubscribed(): boolean {
    const isChanging = this.#applying && performance.now() - this.#applyingSince < CHANGE_MS;
    if (isChanging || (this.isPaused && !this.#applying)) return this.#options.broker.health.up;
    return this.#consumers.every((consumer) => consumer.subscribed);
  }

  /** Resolves when no more deliveries come, or when consuming is wanted again. */
  async pause(): Promise<void> {
    this.#want(0);
    await this.#applying;
  }

  resume(prefetch: number): void {
    this.#want(prefetch);
  }

  /** What is held and not settled goes back to the queues. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#consumers.map((consumer) => consumer.close()));
  }

  #want(prefetch: number): void {
    this.#wanted = prefetch;
    if (this.#applied === prefetch || this.#applying) return;
    this.#applyingSince = performance.now();
    this.#applying = this.#apply();
  }

  // One change at a time; of several wishes in the meantime only the last counts.
  async #apply(): Promise<void> {
    while (this.#applied !== this.#wanted && !this.#isClosed) {
      const prefetch = this.#wanted;
      const change = (consumer: Consumer) => (prefetch === 0 ? consumer.pause() : consumer.resume({ prefetch }));
      try {
        await Promise.all(this.#consumers.map(change));
        this.#applied = prefetch;
      } catch (error) {
        this.#options.logger.warn({ err: error, prefetch }, 'the consumers could not be changed, trying again');
        await pause(RETRY_MS);
      }
    }
    this.#applying = undefined;
  }
}

const RETRY_MS = 500;
/** A change that takes longer is no change but a broker that does not answer. */
const CHANGE_MS = 3_000;
