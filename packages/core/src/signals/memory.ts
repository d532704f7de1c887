import type { Logger } from '../logger.ts';
import { Listeners } from './listeners.ts';
import { NoteGatherer } from './notes.ts';
import type { Listener, SignalChannel, SignalNote, Signals } from './signals.ts';

/** A doorbell inside the process: who holds the object hears it. */
export function openMemorySignals(options: { logger?: Logger | undefined } = {}): Signals {
  return new MemorySignals(options.logger);
}

class MemorySignals implements Signals {
  readonly #listeners: Listeners;
  readonly #gatherer = new NoteGatherer((channel, notes) => this.#listeners.tell(channel, notes));
  #isClosed = false;

  constructor(logger: Logger | undefined) {
    this.#listeners = new Listeners(logger);
  }

  ring(channel: SignalChannel, notes: readonly SignalNote[]): void {
    if (!this.#isClosed && this.#listeners.has(channel)) this.#gatherer.add(channel, notes);
  }

  async listen(channel: SignalChannel, onNotes: (notes: readonly SignalNote[]) => void): Promise<Listener> {
    const remove = this.#listeners.add(channel, onNotes);
    if (this.#isClosed) remove();
    return { close: async () => remove() };
  }

  get health(): { up: boolean; detail?: string } {
    return this.#isClosed ? { up: false, detail: 'closed' } : { up: true };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#listeners.clear();
  }
}
