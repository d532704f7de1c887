import type { LinkChannel } from './link-channel.ts';
import type { FromLinked, FromServing, LinkCall, LinkTell } from './link-messages.ts';
import { errorOf } from './link-refusal.ts';

interface Waiter {
  resolve(answer: unknown): void;
  reject(error: Error): void;
  lost: Lost;
}

/** What a call throws when the link is broken: an error of the port that was asked. */
export type Lost = (message: string) => Error;

/** Heard without having been asked for. */
export type Told = Exclude<FromServing, { kind: 'answer' | 'refusal' }>;

/** The asking side of a link. */
export class Link {
  readonly #channel: LinkChannel;
  readonly #waiting = new Map<number, Waiter>();
  readonly #hearers = new Set<(told: Told) => void>();
  #calls = 0;
  #isBroken = false;

  constructor(channel: LinkChannel) {
    this.#channel = channel;
    channel.onMessage((message) => this.#receive(message as FromServing));
    channel.onClose(() => this.#break());
  }

  get isUp(): boolean {
    return !this.#isBroken && this.#channel.isOpen;
  }

  call<Answer>(call: LinkCall, lost: Lost): Promise<Answer> {
    const id = ++this.#calls;
    return new Promise<Answer>((resolve, reject) => {
      if (!this.isUp) return reject(lost(BROKEN));
      this.#waiting.set(id, { resolve: (answer) => resolve(answer as Answer), reject, lost });
      try {
        this.#channel.send({ id, call } satisfies FromLinked);
      } catch (error) {
        this.#waiting.delete(id);
        reject(error);
      }
    });
  }

  tell(tell: LinkTell): void {
    if (this.isUp) this.#channel.send({ tell } satisfies FromLinked);
  }

  /** What the serving side tells by itself. The answer ends it. */
  hear(hearer: (told: Told) => void): () => void {
    this.#hearers.add(hearer);
    return () => this.#hearers.delete(hearer);
  }

  #receive(message: FromServing): void {
    if (message.kind === 'answer') this.#take(message.id)?.resolve(message.answer);
    else if (message.kind === 'refusal') this.#take(message.id)?.reject(errorOf(message.refusal));
    else for (const hearer of [...this.#hearers]) hearer(message);
  }

  #take(id: number): Waiter | undefined {
    const waiter = this.#waiting.get(id);
    this.#waiting.delete(id);
    return waiter;
  }

  #break(): void {
    this.#isBroken = true;
    const waiters = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { reject, lost } of waiters) reject(lost(BROKEN));
  }
}

const BROKEN = 'the process that holds the platform is gone, or has let go of this one';
