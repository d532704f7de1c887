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
import { RabbitMqConnection } from './rabbitmq-connection.ts';
import { RabbitMqConsumer } from './rabbitmq-consumer.ts';
import { ControlChannel, isRefusal } from './rabbitmq-control.ts';
import { plantEpochIfMissing } from './rabbitmq-epoch.ts';
import { Publisher } from './rabbitmq-publisher.ts';
import { type QueueType, Topology } from './rabbitmq-topology.ts';

export interface RabbitMqOptions {
  url: string;
  /** Shown by the broker's own tools. */
  connectionName: string;
  queueType: QueueType;
  /** Before the names of all exchanges and queues, for tests and shared brokers. */
  prefix?: string | undefined;
  logger?: Logger | undefined;
}

/** Resolves also when the broker is away: it keeps trying, and `health` tells. Only a wrong URL is an error. */
export async function openRabbitMq(options: RabbitMqOptions): Promise<Broker> {
  assertAmqpUrl(options.url);
  const { url, connectionName, logger } = options;
  // Two, because a broker that is low on memory stops reading from connections that publish: acks would wait too.
  const [publishing, consuming] = await Promise.all([
    RabbitMqConnection.open({ url, name: `${connectionName} (publish)`, logger }),
    RabbitMqConnection.open({ url, name: `${connectionName} (consume)`, logger }),
  ]);
  const broker = new RabbitMq(options, publishing, consuming);
  await broker.ready();
  return broker;
}

class RabbitMq implements Broker {
  readonly system = 'rabbitmq';
  readonly #publishing: RabbitMqConnection;
  readonly #consuming: RabbitMqConnection;
  readonly #logger: Logger | undefined;
  readonly #prefix: string;
  readonly #control: ControlChannel;
  readonly #topology: Topology;
  readonly #publisher: Publisher;
  readonly #consumers = new Set<RabbitMqConsumer>();
  #closing: Promise<void> | undefined;

  constructor(options: RabbitMqOptions, publishing: RabbitMqConnection, consuming: RabbitMqConnection) {
    this.#publishing = publishing;
    this.#consuming = consuming;
    this.#logger = options.logger;
    this.#prefix = options.prefix ?? '';
    // Not on the publishing connection: counting and declaring must work while the broker blocks publishers.
    this.#control = new ControlChannel(consuming);
    this.#topology = new Topology(this.#control, options.queueType, this.#prefix);
    consuming.watch(() => this.#topology.forget());
    this.#publisher = new Publisher(publishing, this.#topology, options.logger);
  }

  ready(): Promise<void> {
    return this.#publisher.ready();
  }

  publish(queue: string, body: Buffer, options?: PublishOptions): Promise<void> {
    return this.#publisher.publish(queue, body, options);
  }

  async consume(
    queue: string,
    { prefetch }: ConsumeOptions,
    onDelivery: (delivery: Delivery) => void,
  ): Promise<Consumer> {
    if (this.#closing) throw new BrokerUnavailable('RabbitMQ: closed');
    const consumer = await RabbitMqConsumer.open({
      connection: this.#consuming,
      topology: this.#topology,
      queue,
      prefetch,
      onDelivery,
      onClosed: (closed) => this.#consumers.delete(closed),
      logger: this.#logger,
    });
    this.#consumers.add(consumer);
    return consumer;
  }

  depth(queue: string): Promise<QueueDepth> {
    return unavailableIfRefused(this.#topology.depth(queue));
  }

  purge(queue: string): Promise<void> {
    return unavailableIfRefused(this.#topology.purge(queue));
  }

  wasWiped(): Promise<boolean> {
    return unavailableIfRefused(
      plantEpochIfMissing({ control: this.#control, publisher: this.#publisher, prefix: this.#prefix }),
    );
  }

  get health(): Health {
    const trouble = this.#publisher.trouble ?? this.#consuming.trouble ?? this.#consumerTrouble();
    return trouble === undefined ? { up: true } : { up: false, detail: trouble };
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  #consumerTrouble(): string | undefined {
    for (const consumer of this.#consumers) if (consumer.trouble !== undefined) return consumer.trouble;
    return undefined;
  }

  async #end(): Promise<void> {
    await Promise.all([...this.#consumers].map((consumer) => consumer.close()));
    await this.#publisher.close();
    await this.#control.close();
    await Promise.all([this.#publishing.close(), this.#consuming.close()]);
  }
}

function assertAmqpUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !['amqp:', 'amqps:'].includes(parsed.protocol) || parsed.hostname === '') {
    // Without the URL itself: it may hold a password.
    throw new TypeError('The broker URL must look like amqp://user:password@host:5672/vhost');
  }
}

async function unavailableIfRefused<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    if (isRefusal(error)) throw new BrokerUnavailable(`RabbitMQ: ${error.message}`, { cause: error });
    throw error;
  }
}
