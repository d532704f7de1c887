import type { Logger } from '../logger.ts';
import { Listeners } from './listeners.ts';
import { NoteGatherer, parseNotes } from './notes.ts';
import { RedisConnection } from './redis-connection.ts';
import type { Listener, SignalChannel, SignalNote, Signals } from './signals.ts';

export interface RedisSignalsOptions {
  url: string;
  /** Before the names of the channels, for tests and shared servers: a database number does not separate channels. */
  prefix?: string | undefined;
  logger?: Logger | undefined;
}

export interface RedisSignals extends Signals {
  readonly counts: SignalCounts;
}

/** Since the start of the process. */
export interface SignalCounts {
  /** Notes that were rung while Redis was away, too slow, or refused them. */
  dropped: number;
  /** Messages on our channels that are not ours. */
  malformed: number;
}

/** Resolves also when Redis is away: it keeps trying, and `health` tells. Only a wrong URL is an error. */
export async function openRedisSignals(options: RedisSignalsOptions): Promise<RedisSignals> {
  assertRedisUrl(options.url);
  const signals = new RedisDoorbell(options);
  await signals.connect();
  return signals;
}

class RedisDoorbell implements RedisSignals {
  readonly counts: SignalCounts = { dropped: 0, malformed: 0 };
  readonly #options: RedisSignalsOptions;
  readonly #prefix: string;
  readonly #listeners: Listeners;
  readonly #gatherer = new NoteGatherer((channel, notes) => this.#publish(channel, notes));
  #publishing: RedisConnection | undefined;
  #subscribing: RedisConnection | undefined;
  #unanswered = 0;
  #isClosed = false;

  constructor(options: RedisSignalsOptions) {
    this.#options = options;
    this.#prefix = `${options.prefix ?? ''}cloudtask:signals:`;
    this.#listeners = new Listeners(options.logger);
  }

  async connect(): Promise<void> {
    const { url, logger } = this.#options;
    [this.#publishing, this.#subscribing] = await Promise.all([
      RedisConnection.open({ url, logger, name: 'cloudtask-publish' }),
      RedisConnection.open({
        url,
        logger,
        name: 'cloudtask-subscribe',
        onReady: () => void this.#subscribe(this.#listeners.channels),
        onMessage: (channel, message) => this.#heard(channel, message),
      }),
    ]);
  }

  ring(channel: SignalChannel, notes: readonly SignalNote[]): void {
    if (this.#isClosed || this.#publishing?.trouble !== undefined) this.counts.dropped += notes.length;
    else this.#gatherer.add(channel, notes);
  }

  async listen(channel: SignalChannel, onNotes: (notes: readonly SignalNote[]) => void): Promise<Listener> {
    if (this.#isClosed) return { close: async () => {} };
    const remove = this.#listeners.add(channel, onNotes);
    await this.#subscribe([channel]);
    return {
      close: async () => {
        remove();
        if (!this.#listeners.has(channel)) await this.#unsubscribe(channel);
      },
    };
  }

  get health(): { up: boolean; detail?: string } {
    const trouble = this.#publishing?.trouble ?? this.#subscribing?.trouble;
    return trouble === undefined ? { up: true } : { up: false, detail: `Redis: ${trouble}` };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#gatherer.flush();
    this.#listeners.clear();
    await Promise.all([this.#publishing?.close(), this.#subscribing?.close()]);
  }

  #publish(channel: SignalChannel, notes: readonly SignalNote[]): void {
    const publishing = this.#publishing;
    if (!publishing || publishing.trouble !== undefined || this.#unanswered >= MAX_UNANSWERED) {
      this.counts.dropped += notes.length;
      return;
    }
    this.#unanswered += 1;
    publishing.client.publish(`${this.#prefix}${channel}`, JSON.stringify(notes)).then(
      () => {
        this.#unanswered -= 1;
      },
      () => {
        this.#unanswered -= 1;
        this.counts.dropped += notes.length;
      },
    );
  }

  /** While Redis is away this is done when it comes back. */
  async #subscribe(channels: readonly SignalChannel[]): Promise<void> {
    const subscribing = this.#subscribing;
    if (!subscribing || subscribing.trouble !== undefined || channels.length === 0) return;
    try {
      await subscribing.client.subscribe(...channels.map((channel) => `${this.#prefix}${channel}`));
    } catch (error) {
      this.#options.logger?.warn({ channels, err: error }, 'cannot listen to signals now');
    }
  }

  async #unsubscribe(channel: SignalChannel): Promise<void> {
    if (this.#subscribing?.trouble !== undefined) return;
    // When it fails, the connection is gone, and the subscription with it.
    await this.#subscribing?.client.unsubscribe(`${this.#prefix}${channel}`).catch(() => {});
  }

  #heard(redisChannel: string, message: string): void {
    const notes = parseNotes(message);
    const channel = redisChannel.slice(this.#prefix.length);
    if (notes && isSignalChannel(channel)) this.#listeners.tell(channel, notes);
    else this.counts.malformed += 1;
  }
}

/** Messages on their way to a Redis that does not answer: at most some 10 MB. */
const MAX_UNANSWERED = 200;

const channels: Record<SignalChannel, true> = {
  jobs: true,
  journals: true,
  cancels: true,
  backlog: true,
  drains: true,
};

function isSignalChannel(name: string): name is SignalChannel {
  return Object.hasOwn(channels, name);
}

function assertRedisUrl(url: string): void {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !['redis:', 'rediss:'].includes(parsed.protocol) || parsed.hostname === '') {
    // Without the URL itself: it may hold a password.
    throw new TypeError('The signals URL must look like redis://user:password@host:6379');
  }
}
