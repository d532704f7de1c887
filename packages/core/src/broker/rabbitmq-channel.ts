import type { Logger } from '../logger.ts';
import { atMost, type Channel, type ChannelModel, type RabbitMqConnection } from './rabbitmq-connection.ts';

export interface KeptChannelOptions<C extends Channel> {
  connection: RabbitMqConnection;
  logger?: Logger | undefined;
  /** What it is for, in logs. */
  purpose: string;
  open: (live: ChannelModel) => Promise<C>;
  /** Makes a new channel useful. When it throws, the channel is given up and another one tried later. */
  prepare?: (channel: C) => Promise<void>;
  /** The channel is gone, and with it all that was on it. */
  lost?: (channel: C) => void;
}

/**
 * A channel that is opened again whenever it ended: with its connection, or by itself, because the broker closes a
 * channel for any mistake or late ack (404, 406, consumer timeout) and leaves the connection as it was.
 */
export class KeptChannel<C extends Channel> {
  readonly #options: KeptChannelOptions<C>;
  readonly #unwatch: () => void;
  readonly #firstAttempt = Promise.withResolvers<Error | undefined>();
  #current: C | undefined;
  #opening: Promise<void> | undefined;
  #retryTimer: NodeJS.Timeout | undefined;
  #failures = 0;
  #openedAt = 0;
  #trouble: string | undefined;
  #closed = false;

  constructor(options: KeptChannelOptions<C>) {
    this.#options = options;
    this.#unwatch = options.connection.watch(() => this.#connectionChanged());
    this.#ensure();
    if (!this.#opening) this.#firstAttempt.resolve(undefined);
  }

  /** Present only while it is open and prepared. */
  get current(): C | undefined {
    return this.#current;
  }

  /** Why there is none. */
  get trouble(): string | undefined {
    return this.#current ? undefined : (this.#options.connection.trouble ?? this.#trouble ?? 'opening a channel');
  }

  /** Resolves with the error of the first attempt, if it was made at once and failed. */
  get firstAttempt(): Promise<Error | undefined> {
    return this.#firstAttempt.promise;
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#unwatch();
    clearTimeout(this.#retryTimer);
    if (this.#opening) await atMost(CLOSE_TIMEOUT_MS, this.#opening);
    const channel = this.#current;
    this.#current = undefined;
    if (channel) await giveUp(channel);
  }

  #connectionChanged(): void {
    clearTimeout(this.#retryTimer);
    this.#retryTimer = undefined;
    this.#failures = 0;
    this.#ensure();
  }

  #ensure(): void {
    const live = this.#options.connection.live;
    if (this.#closed || this.#current || this.#opening || this.#retryTimer || !live) return;
    this.#opening = this.#open(live).finally(() => {
      this.#opening = undefined;
      if (!this.#current) this.#retryLater();
    });
  }

  async #open(live: ChannelModel): Promise<void> {
    let channel: C | undefined;
    try {
      channel = await this.#options.open(live);
      const ended = this.#listen(channel);
      await this.#options.prepare?.(channel);
      if (ended() || this.#closed) throw new Error(this.#trouble ?? 'the channel was closed');
      this.#current = channel;
      this.#openedAt = performance.now();
      this.#firstAttempt.resolve(undefined);
    } catch (error) {
      const cause = error instanceof Error ? error : new Error(String(error));
      this.#trouble = cause.message;
      if (this.#options.connection.live === live && !this.#closed) this.#report(cause);
      if (channel) await giveUp(channel);
      this.#firstAttempt.resolve(cause);
    }
  }

  /** The answer tells whether the channel has ended since. */
  #listen(channel: C): () => boolean {
    let ended = false;
    channel.on('error', (error) => {
      this.#trouble = error.message;
      if (this.#current === channel) this.#report(error);
    });
    channel.once('close', () => {
      ended = true;
      const wasCurrent = this.#current === channel;
      if (wasCurrent) this.#current = undefined;
      if (wasCurrent && performance.now() - this.#openedAt > STEADY_MS) this.#failures = 0;
      this.#options.lost?.(channel);
      if (wasCurrent) this.#retryLater();
    });
    return () => ended;
  }

  #retryLater(): void {
    if (this.#closed || this.#retryTimer) return;
    // Never in the same turn: a channel ends before its connection says that it ended too.
    const delayMs = this.#failures === 0 ? 0 : Math.min(MAX_DELAY_MS, FIRST_DELAY_MS * 2 ** (this.#failures - 1));
    this.#failures += 1;
    this.#retryTimer = setTimeout(() => {
      this.#retryTimer = undefined;
      this.#ensure();
    }, delayMs);
  }

  #report(error: Error): void {
    this.#options.logger?.warn(
      { channel: this.#options.purpose, err: error },
      'RabbitMQ channel failed, opening another',
    );
  }
}

const FIRST_DELAY_MS = 100;
const MAX_DELAY_MS = 5_000;
/** A channel that lived this long did not fail because of what we prepared on it. */
const STEADY_MS = 10_000;

const CLOSE_TIMEOUT_MS = 2_000;

async function giveUp(channel: Channel): Promise<void> {
  // Closing a channel that has ended throws at once; so does one whose connection has.
  await atMost(CLOSE_TIMEOUT_MS, (async () => channel.close())());
}
