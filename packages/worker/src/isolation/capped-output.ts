import { StringDecoder } from 'node:string_decoder';

/**
 * What one attempt writes to one stream, as lines: at most 64 KiB and 1,000 lines, the rest is thrown away.
 */
export class CappedOutput {
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  #line = '';
  #bytes = 0;
  #lines = 0;
  #isCut = false;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  add(said: string | Uint8Array, encoding?: BufferEncoding): void {
    if (this.#isCut) return;
    const chunk = typeof said === 'string' ? Buffer.from(said, encoding) : Buffer.from(said);
    const room = MAX_OUTPUT_BYTES - this.#bytes;
    this.#bytes += chunk.length;
    this.#split(this.#decoder.write(chunk.subarray(0, room)));
    if (chunk.length > room || this.#lines >= MAX_OUTPUT_LINES) this.#cut();
  }

  /** Passes on a last line without an end. */
  end(): void {
    if (!this.#isCut) this.#pass(this.#line + this.#decoder.end());
    this.#line = '';
  }

  #split(text: string): void {
    const lines = (this.#line + text).split('\n');
    this.#line = lines.pop() ?? '';
    for (const line of lines) this.#pass(line);
    // A line is passed on in pieces of this length, so that none is too long for a log.
    while (this.#line.length > MAX_LINE) {
      this.#pass(this.#line.slice(0, MAX_LINE));
      this.#line = this.#line.slice(MAX_LINE);
    }
  }

  #pass(line: string): void {
    if (line === '' || this.#lines >= MAX_OUTPUT_LINES) return;
    for (let from = 0; from < line.length; from += MAX_LINE) this.#onLine(line.slice(from, from + MAX_LINE));
    this.#lines += 1;
  }

  #cut(): void {
    this.#pass(this.#line);
    this.#line = '';
    this.#isCut = true;
    this.#onLine(`(more output was cut: ${MAX_OUTPUT_BYTES} bytes and ${MAX_OUTPUT_LINES} lines are passed on)`);
  }
}

const MAX_OUTPUT_BYTES = 64 * 1024;
const MAX_OUTPUT_LINES = 1_000;
const MAX_LINE = 4_096;
