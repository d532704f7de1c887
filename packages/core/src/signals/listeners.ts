import type { Logger } from '../logger.ts';
import type { SignalChannel, SignalNote } from './signals.ts';

type OnNotes = (notes: readonly SignalNote[]) => void;

/** Who listens to what, in this process. */
export class Listeners {
  readonly #logger: Logger | undefined;
  readonly #byChannel = new Map<SignalChannel, Set<OnNotes>>();

  constructor(logger: Logger | undefined) {
    this.#logger = logger;
  }

  /** Of channels with listeners. */
  get channels(): SignalChannel[] {
    return [...this.#byChannel.keys()];
  }

  has(channel: SignalChannel): boolean {
    return this.#byChannel.has(channel);
  }

  /** The answer removes it; doing so twice is fine. */
  add(channel: SignalChannel, onNotes: OnNotes): () => void {
    // A function of its own, because the same callback may listen twice.
    const listener: OnNotes = (notes) => onNotes(notes);
    const listeners = this.#byChannel.get(channel) ?? new Set();
    this.#byChannel.set(channel, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#byChannel.get(channel) === listeners) this.#byChannel.delete(channel);
    };
  }

  /** A listener that throws keeps nothing from the others. */
  tell(channel: SignalChannel, notes: readonly SignalNote[]): void {
    for (const listener of [...(this.#byChannel.get(channel) ?? [])]) {
      try {
        listener(notes);
      } catch (error) {
        this.#logger?.error({ channel, err: error }, 'a listener of signals threw');
      }
    }
  }

  clear(): void {
    this.#byChannel.clear();
  }
}
