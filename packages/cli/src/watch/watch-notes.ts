import type { Output } from '../output/output.ts';

/** What is said while jobs are watched: into the screen while there is one, else on stderr. */
export class WatchNotes {
  readonly #out: Output;
  #listener: ((text: string) => void) | undefined;

  constructor(out: Output) {
    this.#out = out;
  }

  say(text: string): void {
    if (this.#listener) this.#listener(text);
    else this.#out.say(text);
  }

  /** From now on to this listener; without one, to stderr again. */
  sayTo(listener?: (text: string) => void): void {
    this.#listener = listener;
  }
}
