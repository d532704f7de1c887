// The only file that imports ioredis.
import { Redis } from 'ioredis';
import type { Logger } from '../logger.ts';

export interface RedisConnectionOptions {
  url: string;
  name: string;
  logger?: Logger | undefined;
  /** Each time the connection is there, also the first. */
  onReady?: (client: Redis) => void;
  onMessage?: (channel: string, message: string) => void;
}

/** One connection that comes back by itself, and that never keeps a command for later. */
export class RedisConnection {
  readonly client: Redis;
  readonly #options: RedisConnectionOptions;
  readonly #watchdog: NodeJS.Timeout;
  #trouble: string | undefined = 'not connected yet';
  #isUnanswered = false;
  #isClosed = false;

  /** Resolves after the first attempt, however it ended: services must start without a doorbell. */
  static async open(options: RedisConnectionOptions): Promise<RedisConnection> {
    const connection = new RedisConnection(options);
    // Its error is told by the `error` event as well, and the attempts go on.
    await connection.client.connect().catch(() => {});
    return connection;
  }

  private constructor(options: RedisConnectionOptions) {
    this.#options = options;
    this.client = new Redis(options.url, {
      connectionName: options.name,
      lazyConnect: true,
      connectTimeout: CONNECT_TIMEOUT_MS,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      // Subscriptions are put back by who listens: this would forget those asked for while Redis was away.
      autoResubscribe: false,
      retryStrategy: (attempt) => Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempt - 1, 10)),
    });
    this.client.on('ready', () => this.#up());
    this.client.on('error', (error: Error) => this.#down(error.message || String(error)));
    this.client.on('close', () => this.#down(this.#trouble ?? 'the connection was closed'));
    if (options.onMessage) this.client.on('message', options.onMessage);
    this.#watchdog = setInterval(() => this.#ping(), PING_EVERY_MS);
  }

  /** Undefined while it works. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Lets what was sent arrive, when somebody takes it. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    clearInterval(this.#watchdog);
    if (this.#trouble === undefined) await this.#quit();
    this.client.disconnect();
    this.#trouble = 'closed';
  }

  #up(): void {
    this.#trouble = undefined;
    this.#isUnanswered = false;
    this.#options.logger?.info({ connection: this.#options.name }, 'connected to Redis');
    this.#options.onReady?.(this.client);
  }

  #down(trouble: string): void {
    if (this.#isClosed) return;
    const isNews = this.#trouble !== trouble;
    this.#trouble = trouble;
    // Once per outage: attempts repeat, with the same words.
    if (isNews) {
      this.#options.logger?.warn({ connection: this.#options.name, trouble }, 'no connection to Redis, trying again');
    }
  }

  /**
   * A line that went dead in silence is seen only by asking, and a subscriber never asks anything. Only a ready client
   * is disconnected: during a reconnect it would stop the attempts for good.
   */
  #ping(): void {
    if (this.client.status !== 'ready') return;
    if (this.#isUnanswered) {
      this.#down(`no answer within ${PING_EVERY_MS} ms`);
      this.client.disconnect(true);
      return;
    }
    this.#isUnanswered = true;
    const answered = () => {
      this.#isUnanswered = false;
    };
    this.client.ping().then(answered, answered);
  }

  async #quit(): Promise<void> {
    const { promise: timeout, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, QUIT_TIMEOUT_MS);
    await Promise.race([this.client.quit().catch(() => {}), timeout]);
    clearTimeout(timer);
  }
}

const CONNECT_TIMEOUT_MS = 5_000;
const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;
/** A dead line is noticed after one to two of these. */
const PING_EVERY_MS = 5_000;
const QUIT_TIMEOUT_MS = 1_000;
