import type { Platform } from '../open-platform.ts';
import type { LinkChannel } from './link-channel.ts';
import type { FromLinked, FromServing, LinkCall, LinkState, LinkTell } from './link-messages.ts';
import { toLinkRefusal } from './link-refusal.ts';
import { ServedBroker } from './served-broker.ts';
import { ServedDatabase } from './served-database.ts';
import { ServedSignals } from './served-signals.ts';

export interface ServedPlatform {
  /**
   * Resolves when the other side is gone and nothing of it is left: its transactions were rolled back, what it held went
   * back to the queues, its consumers and listeners have ended. Never rejects.
   */
  readonly closed: Promise<void>;
  /** Ends it from this side, in the same way. Closing twice is fine. The platform stays open. */
  close(): Promise<void>;
}

export type ServablePlatform = Pick<Platform, 'database' | 'broker' | 'signals' | 'clock' | 'logger'>;

/** Lets the process at the other end of a channel use the database, the broker and the signals of this one. */
export function servePlatform(platform: ServablePlatform, channel: LinkChannel): ServedPlatform {
  return new Serving(platform, channel);
}

class Serving implements ServedPlatform {
  readonly closed: Promise<void>;
  readonly #platform: ServablePlatform;
  readonly #channel: LinkChannel;
  readonly #database: ServedDatabase;
  readonly #broker: ServedBroker;
  readonly #signals: ServedSignals;
  readonly #stateTimer: NodeJS.Timeout;
  readonly #stopListening: () => void;
  #lastState = '';
  #end: () => void;
  #isOver = false;

  constructor(platform: ServablePlatform, channel: LinkChannel) {
    this.#platform = platform;
    this.#channel = channel;
    this.#database = new ServedDatabase(platform.database);
    this.#broker = new ServedBroker(platform.broker, (message) => this.#send({ kind: 'delivery', ...message }));
    this.#signals = new ServedSignals(platform.signals, (rung) => this.#send({ kind: 'notes', ...rung }));
    const gone = Promise.withResolvers<void>();
    this.#end = gone.resolve;
    this.closed = gone.promise.then(() => this.#letGo());
    channel.onMessage((message) => this.#receive(message as FromLinked));
    channel.onClose(gone.resolve);
    this.#stopListening = platform.clock.onMoved(() => this.#send({ kind: 'clock-moved' }));
    this.#stateTimer = setInterval(() => this.#tellState(), STATE_EACH_MS);
    this.#stateTimer.unref();
  }

  close(): Promise<void> {
    this.#end();
    return this.closed;
  }

  async #letGo(): Promise<void> {
    this.#isOver = true;
    clearInterval(this.#stateTimer);
    this.#stopListening();
    const ends = await Promise.allSettled([this.#database.close(), this.#broker.close(), this.#signals.close()]);
    for (const end of ends) {
      if (end.status === 'rejected')
        this.#platform.logger.warn({ err: end.reason }, 'a link could not be ended cleanly');
    }
  }

  #receive(message: FromLinked): void {
    if (this.#isOver) return;
    if ('tell' in message) this.#hear(message.tell);
    else this.#settle(message);
  }

  #settle({ id, call }: Extract<FromLinked, { id: number }>): void {
    this.#answer(call).then(
      (answer) => this.#send({ kind: 'answer', id, answer }),
      (error: unknown) => this.#send({ kind: 'refusal', id, refusal: toLinkRefusal(error) }),
    );
  }

  #hear(tell: LinkTell): void {
    if (tell.op === 'settle') this.#broker.settle(tell);
    else this.#platform.signals.ring(tell.channel, tell.notes);
  }

  async #answer(call: LinkCall): Promise<unknown> {
    switch (call.op) {
      case 'hello':
        return { shared: this.#platform.database.shared, system: this.#platform.broker.system };
      case 'query':
      case 'script':
      case 'begin':
      case 'end':
        return await this.#database.answer(call);
      case 'listen':
      case 'unlisten':
        return await this.#signals.answer(call);
      default:
        return await this.#broker.answer(call);
    }
  }

  #tellState(): void {
    const { broker, signals } = this.#platform;
    const state: LinkState = { broker: broker.health, signals: signals.health, subscribed: this.#broker.subscribed };
    const text = JSON.stringify(state);
    if (text === this.#lastState) return;
    this.#lastState = text;
    this.#send({ kind: 'state', ...state });
  }

  #send(message: FromServing): void {
    if (!this.#isOver) this.#channel.send(message);
  }
}

const STATE_EACH_MS = 1_000;
