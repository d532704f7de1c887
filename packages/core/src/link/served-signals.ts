import type { Listener, SignalChannel, SignalNote, Signals } from '../signals/signals.ts';
import type { LinkCall } from './link-messages.ts';

interface Rung {
  channel: SignalChannel;
  notes: readonly SignalNote[];
}

/** What the other side of a link listens to: once per channel, however many listen there. */
export class ServedSignals {
  readonly #signals: Signals;
  readonly #tell: (rung: Rung) => void;
  readonly #listeners = new Map<SignalChannel, Promise<Listener>>();

  constructor(signals: Signals, tell: (rung: Rung) => void) {
    this.#signals = signals;
    this.#tell = tell;
  }

  async answer({ op, channel }: Extract<LinkCall, { op: 'listen' | 'unlisten' }>): Promise<void> {
    if (op === 'unlisten') return await this.#end(channel);
    const known = this.#listeners.get(channel);
    const listening = known ?? this.#signals.listen(channel, (notes) => this.#tell({ channel, notes }));
    this.#listeners.set(channel, listening);
    await listening;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#listeners.keys()].map((channel) => this.#end(channel)));
  }

  async #end(channel: SignalChannel): Promise<void> {
    const listening = this.#listeners.get(channel);
    this.#listeners.delete(channel);
    await (await listening)?.close();
  }
}
