import type { Logger } from '../logger.ts';
import { Listeners } from '../signals/listeners.ts';
import { NoteGatherer } from '../signals/notes.ts';
import type { Listener, SignalChannel, SignalNote, Signals } from '../signals/signals.ts';
import type { Link, Told } from './link.ts';
import type { LinkCall } from './link-messages.ts';

/** The doorbell of the process at the other end of a link. Closing lets go of it; over there it stays open. */
export function linkedSignals(link: Link, options: { logger?: Logger | undefined } = {}): Signals {
  return new LinkedSignals(link, options.logger);
}

class LinkedSignals implements Signals {
  readonly #link: Link;
  readonly #logger: Logger | undefined;
  readonly #listeners: Listeners;
  readonly #gatherer: NoteGatherer;
  readonly #stopHearing: () => void;
  #told: Signals['health'] = { up: true };
  #isClosed = false;

  constructor(link: Link, logger: Logger | undefined) {
    this.#link = link;
    this.#logger = logger;
    this.#listeners = new Listeners(logger);
    this.#gatherer = new NoteGatherer((channel, notes) => link.tell({ op: 'ring', channel, notes }));
    this.#stopHearing = link.hear((told) => this.#hear(told));
  }

  ring(channel: SignalChannel, notes: readonly SignalNote[]): void {
    if (!this.#isClosed) this.#gatherer.add(channel, notes);
  }

  async listen(channel: SignalChannel, onNotes: (notes: readonly SignalNote[]) => void): Promise<Listener> {
    if (this.#isClosed) return { close: async () => {} };
    const remove = this.#listeners.add(channel, onNotes);
    await this.#call({ op: 'listen', channel });
    return {
      close: async () => {
        remove();
        if (!this.#isClosed && !this.#listeners.has(channel)) await this.#call({ op: 'unlisten', channel });
      },
    };
  }

  get health(): Signals['health'] {
    if (this.#isClosed) return { up: false, detail: 'closed' };
    return this.#link.isUp ? this.#told : { up: false, detail: 'the process that holds it is gone' };
  }

  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#gatherer.flush();
    this.#isClosed = true;
    const { channels } = this.#listeners;
    this.#listeners.clear();
    this.#stopHearing();
    await Promise.all(channels.map((channel) => this.#call({ op: 'unlisten', channel })));
  }

  /** A doorbell that is away is no error. */
  async #call(call: LinkCall): Promise<void> {
    await this.#link
      .call(call, (message) => new Error(message))
      .catch((err: unknown) => this.#logger?.debug({ err, op: call.op }, 'the doorbell of the other process is away'));
  }

  #hear(told: Told): void {
    if (told.kind === 'notes') this.#listeners.tell(told.channel, told.notes);
    if (told.kind === 'state') this.#told = told.signals;
  }
}
