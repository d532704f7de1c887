import { BrokerMisconfigured, BrokerUnavailable } from './broker.ts';
import { atMost, type Channel, type RabbitMqConnection } from './rabbitmq-connection.ts';

/**
 * Declares, counts and purges. One operation at a time: a refusal closes the channel, and must not take another
 * operation with it. The channel is kept, because the depth of queues is asked several times a second.
 */
export class ControlChannel {
  readonly #connection: RabbitMqConnection;
  #channel: Channel | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #isClosed = false;

  constructor(connection: RabbitMqConnection) {
    this.#connection = connection;
  }

  /** Rejects with the broker's own error when it refuses (`code` 404, 406, …), else with `BrokerUnavailable`. */
  async run<T>(operation: (channel: Channel) => Promise<T>): Promise<T> {
    this.#assertUp();
    const giveUpAt = performance.now() + TIMEOUT_MS;
    const turn = this.#last.then(() => this.#runNow(operation, giveUpAt));
    this.#last = turn.catch(() => {});
    return await turn;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const channel = this.#channel;
    this.#channel = undefined;
    if (channel) await atMost(CLOSE_TIMEOUT_MS, (async () => channel.close())());
  }

  async #runNow<T>(operation: (channel: Channel) => Promise<T>, giveUpAt: number): Promise<T> {
    this.#assertUp();
    const timeout = rejectAt(giveUpAt);
    try {
      return await Promise.race([this.#open().then(operation), timeout.promise]);
    } catch (error) {
      if (error instanceof SilentBroker) this.#drop();
      if (isRefusal(error) || error instanceof BrokerMisconfigured) throw error;
      throw new BrokerUnavailable(`RabbitMQ: ${error instanceof Error ? error.message : String(error)}`, {
        cause: error,
      });
    } finally {
      timeout.clear();
    }
  }

  async #open(): Promise<Channel> {
    if (this.#channel) return this.#channel;
    const { live } = this.#connection;
    if (!live) throw new Error(this.#connection.trouble ?? 'not connected');
    const channel = await live.createChannel();
    this.#channel = channel;
    // The operation that caused it rejects with the same error.
    channel.on('error', () => {});
    channel.once('close', () => {
      if (this.#channel === channel) this.#channel = undefined;
    });
    return channel;
  }

  /** Without waiting: who is silent for an operation is silent for its end. */
  #drop(): void {
    const channel = this.#channel;
    this.#channel = undefined;
    void (async () => channel?.close())().catch(() => {});
  }

  #assertUp(): void {
    if (this.#isClosed) throw new BrokerUnavailable('RabbitMQ: closed');
    if (!this.#connection.live) throw new BrokerUnavailable(`RabbitMQ: ${this.#connection.trouble ?? 'not connected'}`);
  }
}

/** The broker answered, with a no. */
export function isRefusal(error: unknown): error is Error & { code: number } {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}

const TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 2_000;

class SilentBroker extends Error {}

function rejectAt(time: number): { promise: Promise<never>; clear: () => void } {
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => reject(new SilentBroker('no answer within 5 s')), time - performance.now());
  return { promise, clear: () => clearTimeout(timer) };
}
