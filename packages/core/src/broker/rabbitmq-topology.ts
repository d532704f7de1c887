import { CREATED_QUEUE } from '../messages.ts';
import { BrokerMisconfigured, BrokerUnavailable, type QueueDepth } from './broker.ts';
import type { Channel } from './rabbitmq-connection.ts';
import { type ControlChannel, isRefusal } from './rabbitmq-control.ts';

export type QueueType = 'classic' | 'quorum';

/** Where a message must be sent to reach the queue; the name of the queue is also its routing key. */
export interface Address {
  exchange: string;
  queue: string;
}

/**
 * The exchanges and queues of CloudTask, declared by the application itself when a queue is first named and again
 * whenever something says that it may be gone (a reconnect, a returned message, a cancelled consumer).
 *
 * ```
 * cloudtask.jobs   (direct) ── jobs.created, jobs.created.<queue>
 * cloudtask.events (direct) ── jobs.started, jobs.completed, every other
 * ```
 */
export class Topology {
  readonly #control: ControlChannel;
  readonly #queueType: QueueType;
  readonly #prefix: string;
  readonly #addresses = new Map<string, Address>();
  readonly #declared = new Set<string>();
  readonly #declaring = new Map<string, Promise<void>>();

  constructor(control: ControlChannel, queueType: QueueType, prefix: string) {
    this.#control = control;
    this.#queueType = queueType;
    this.#prefix = prefix;
  }

  address(queue: string): Address {
    let address = this.#addresses.get(queue);
    if (!address) {
      address = { exchange: `${this.#prefix}${exchangeOf(queue)}`, queue: `${this.#prefix}${queue}` };
      this.#addresses.set(queue, address);
    }
    return address;
  }

  isDeclared(queue: string): boolean {
    return this.#declared.has(queue);
  }

  async declare(queue: string): Promise<void> {
    if (!this.#declared.has(queue)) await (this.#declaring.get(queue) ?? this.#declare(queue));
  }

  /** One queue, or all of them, may be gone. */
  forget(queue?: string): void {
    if (queue === undefined) {
      this.#declared.clear();
      this.#declaring.clear();
    } else {
      this.#declared.delete(queue);
      this.#declaring.delete(queue);
    }
  }

  async depth(queue: string): Promise<QueueDepth> {
    const { messageCount, consumerCount } = await this.#onQueue(queue, (channel, name) => channel.checkQueue(name));
    return { ready: messageCount, consumers: consumerCount };
  }

  async purge(queue: string): Promise<void> {
    await this.#onQueue(queue, (channel, name) => channel.purgeQueue(name));
  }

  #declare(queue: string): Promise<void> {
    // A `forget` in the meantime makes the outcome worthless: the queue may have been made before the loss.
    const isCurrent = () => this.#declaring.get(queue) === declaring;
    const declaring = this.#control
      .run((channel) => this.#assert(channel, this.address(queue)))
      .then(
        () => void (isCurrent() && this.#declared.add(queue)),
        (error) => {
          throw explain(error, this.address(queue).queue, this.#queueType);
        },
      )
      .finally(() => isCurrent() && this.#declaring.delete(queue));
    this.#declaring.set(queue, declaring);
    return declaring;
  }

  async #assert(channel: Channel, { exchange, queue }: Address): Promise<void> {
    await channel.assertExchange(exchange, 'direct', { durable: true });
    await channel.assertQueue(queue, { durable: true, arguments: queueArguments(this.#queueType) });
    await channel.bindQueue(queue, exchange, queue);
  }

  /** The queue may have been deleted since it was declared: then once more, with a new one. */
  async #onQueue<T>(queue: string, operation: (channel: Channel, name: string) => Promise<T>): Promise<T> {
    const { queue: name } = this.address(queue);
    const attempt = async () => {
      await this.declare(queue);
      return await this.#control.run((channel) => operation(channel, name));
    };
    try {
      return await attempt();
    } catch (error) {
      if (!isRefusal(error)) throw error;
      this.forget(queue);
      return await attempt().catch((again) => {
        throw explain(again, name, this.#queueType);
      });
    }
  }
}

function exchangeOf(queue: string): string {
  const carriesJobs = queue === CREATED_QUEUE || queue.startsWith(`${CREATED_QUEUE}.`);
  return carriesJobs ? 'cloudtask.jobs' : 'cloudtask.events';
}

/**
 * The type is always said, because the default type is a setting of the broker. Quorum queues drop a message that
 * came back 20 times (since RabbitMQ 4.0); ours come back whenever their holder has no free slot or restarts, which
 * says nothing about the message, and poison is counted in the database.
 */
function queueArguments(queueType: QueueType): Record<string, unknown> {
  return queueType === 'quorum'
    ? { 'x-queue-type': 'quorum', 'x-delivery-limit': 1_000_000 }
    : { 'x-queue-type': 'classic' };
}

/** Turns the broker's refusal of a queue into what its reader can do about it. */
function explain(error: unknown, queue: string, wanted: QueueType): unknown {
  if (!isRefusal(error)) return error;
  if (error.code !== PRECONDITION_FAILED) return new BrokerUnavailable(`RabbitMQ: ${error.message}`, { cause: error });
  return new BrokerMisconfigured(misconfiguration(error.message, queue, wanted), { cause: error });
}

const PRECONDITION_FAILED = 406;

function misconfiguration(message: string, queue: string, wanted: QueueType): string {
  const remedy = 'drain it, stop the services and delete it (they declare it again)';
  if (!message.includes("'x-queue-type'")) {
    return `The RabbitMQ queue "${queue}" exists with other arguments than CloudTask gives it: ${remedy}. ${message}`;
  }
  const existing = /current is the value '(\w+)'/.exec(message)?.[1] ?? (wanted === 'classic' ? 'quorum' : 'classic');
  return `The RabbitMQ queue "${queue}" exists with type ${existing}, but type ${wanted} is configured: ${remedy}, or set CLOUDTASK_QUEUE_TYPE=${existing}.`;
}
