// The only file that imports amqplib; the other rabbitmq-* files take its types from here.
import { type ChannelModel, connect, type RecoveringChannelModel } from 'amqplib';
import type { Logger } from '../logger.ts';

export type { Channel, ChannelModel, ConfirmChannel, ConsumeMessage, Message } from 'amqplib';

/**
 * One connection that comes back by itself. amqplib restores the connection only; what was on it (channels,
 * consumers) is put back by who watches: see `rabbitmq-channel.ts`.
 */
export class RabbitMqConnection {
  readonly #name: string;
  readonly #logger: Logger | undefined;
  readonly #watchers = new Set<() => void>();
  readonly #firstAttempt = Promise.withResolvers<void>();
  #recovering: RecoveringChannelModel | undefined;
  #live: ChannelModel | undefined;
  #trouble: string | undefined = 'not connected yet';
  #blockedBecause: string | undefined;
  #closing: Promise<void> | undefined;

  /** Resolves after the first attempt to connect, however it ended: services must start without a broker. */
  static async open(options: { url: string; name: string; logger?: Logger | undefined }): Promise<RabbitMqConnection> {
    const connection = new RabbitMqConnection(options.name, options.logger);
    await connection.#start(options.url);
    await connection.#firstAttempt.promise;
    return connection;
  }

  private constructor(name: string, logger: Logger | undefined) {
    this.#name = name;
    this.#logger = logger;
  }

  get live(): ChannelModel | undefined {
    return this.#live;
  }

  /** Set while the broker takes no messages (memory or disk alarm). */
  get blockedBecause(): string | undefined {
    return this.#blockedBecause;
  }

  /** Why there is no connection. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** Calls the watcher each time the connection comes or goes. */
  watch(watcher: () => void): () => void {
    this.#watchers.add(watcher);
    return () => this.#watchers.delete(watcher);
  }

  close(): Promise<void> {
    this.#closing ??= this.#end();
    return this.#closing;
  }

  async #start(url: string): Promise<void> {
    const recovering = await connect(withHeartbeat(url), {
      // With Nagle's algorithm a lone confirm waits about 40 ms for the peer's delayed acknowledgement.
      noDelay: true,
      timeout: CONNECT_TIMEOUT_MS,
      clientProperties: { connection_name: this.#name },
      recovery: { initialDelay: 200, maxDelay: 5_000, waitForConnect: false },
    });
    this.#recovering = recovering;
    recovering.on('connect', (live) => this.#up(live));
    recovering.on('disconnect', (error) => this.#down(error));
    recovering.on('connect-failed', (error) => this.#down(error));
    recovering.on('blocked', (reason) => this.#block(reason));
    recovering.on('unblocked', () => this.#block(undefined));
    // Each error is followed by `disconnect`, which tells it; unheard, it would end the process.
    recovering.on('error', () => {});
  }

  #up(live: ChannelModel): void {
    this.#live = live;
    this.#trouble = undefined;
    this.#logger?.info({ connection: this.#name }, 'connected to RabbitMQ');
    this.#firstAttempt.resolve();
    this.#tellWatchers();
  }

  #down(error: Error): void {
    // Once per outage: attempts repeat each few seconds, often with the same words.
    const trouble = describe(error);
    const isNews = this.#trouble !== trouble;
    this.#live = undefined;
    this.#blockedBecause = undefined;
    this.#trouble = trouble;
    if (isNews) this.#logger?.warn({ connection: this.#name, err: error }, 'no connection to RabbitMQ, trying again');
    this.#firstAttempt.resolve();
    this.#tellWatchers();
  }

  #block(reason: string | undefined): void {
    this.#blockedBecause = reason;
    if (reason) this.#logger?.warn({ connection: this.#name, reason }, 'RabbitMQ takes no messages now');
    else this.#logger?.info({ connection: this.#name }, 'RabbitMQ takes messages again');
  }

  #tellWatchers(): void {
    for (const watcher of this.#watchers) watcher();
  }

  async #end(): Promise<void> {
    this.#live = undefined;
    this.#trouble = 'closed';
    this.#tellWatchers();
    // A peer that is silent never answers the close; the heartbeat ends that connection a few seconds later.
    if (this.#recovering) await atMost(CLOSE_TIMEOUT_MS, this.#recovering.close());
  }
}

function describe(error: Error): string {
  // A host name with several addresses fails with an AggregateError, whose own message is empty.
  const [first] = error instanceof AggregateError ? error.errors : [error];
  return first instanceof Error && first.message !== '' ? first.message : String(error);
}

/** Waits for the promise, whatever its end, but not longer. */
export async function atMost(timeoutMs: number, promise: Promise<unknown>): Promise<void> {
  const { promise: timeout, resolve } = Promise.withResolvers<void>();
  const timer = setTimeout(resolve, timeoutMs);
  await Promise.race([promise.catch(() => {}), timeout]);
  clearTimeout(timer);
}

const CONNECT_TIMEOUT_MS = 5_000;
const CLOSE_TIMEOUT_MS = 2_000;

/** A dead peer is noticed after two to three heartbeats, so within 15 s. */
const HEARTBEAT_SECONDS = '5';

function withHeartbeat(url: string): string {
  const parsed = new URL(url);
  if (!parsed.searchParams.has('heartbeat')) parsed.searchParams.set('heartbeat', HEARTBEAT_SECONDS);
  return parsed.href;
}
