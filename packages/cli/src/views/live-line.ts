import type { WriteStream } from 'node:tty';
import { truncate } from './printable.ts';

const ERASE = '\r\u001b[2K';
const TICK_MS = 250;

/** One line at the bottom of the terminal that is drawn over and over; what is printed meanwhile scrolls above it. */
export class LiveLine {
  readonly #stream: WriteStream;
  #draw: (() => string) | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #isShown = false;

  constructor(stream: WriteStream) {
    this.#stream = stream;
  }

  /** From now on the line is what `draw` returns, asked a few times a second. */
  show(draw: () => string): void {
    this.#draw = draw;
    this.#timer ??= setInterval(() => this.#paint(), TICK_MS);
    this.#paint();
  }

  /** Runs `print` with the line out of the way. */
  above(print: () => void): void {
    this.#erase();
    print();
    this.#paint();
  }

  close(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#draw = undefined;
    this.#erase();
  }

  #paint(): void {
    if (!this.#draw) return;
    // A line that wraps cannot be erased with one \r.
    this.#stream.write(ERASE + truncate(this.#draw(), (this.#stream.columns || 80) - 1));
    this.#isShown = true;
  }

  #erase(): void {
    if (this.#isShown) this.#stream.write(ERASE);
    this.#isShown = false;
  }
}
