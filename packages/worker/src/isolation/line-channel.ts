import type { Socket } from 'node:net';

/** The most that one message may be. The largest honest one holds a result: at most 256 KiB of JSON. */
const MAX_MESSAGE_BYTES = 1024 * 1024;

export interface LineChannelEvents {
  /** The JSON of one message. */
  onLine(line: string): void;
  /** More than `MAX_MESSAGE_BYTES` without an end: nothing after it is read. */
  onTooLong?(): void;
}

/**
 * Messages as lines of JSON over a socket. Node's own channel between processes has no limit: one message of a
 * gigabyte would be gathered in the worker's memory.
 */
export class LineChannel {
  readonly #socket: Socket;
  readonly #events: LineChannelEvents;
  #parts: Buffer[] = [];
  #bytes = 0;
  #isStopped = false;

  constructor(socket: Socket, events: LineChannelEvents) {
    this.#socket = socket;
    this.#events = events;
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    // A process that dies in the middle of a message breaks the pipe; 'close' follows, and its exit tells why.
    socket.on('error', () => {});
  }

  send(line: string): void {
    if (this.#socket.writable) this.#socket.write(`${line}\n`);
  }

  /** What was sent and the other side has not taken yet, in bytes. */
  get waitingBytes(): number {
    return this.#socket.writableLength;
  }

  #read(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, end));
      from = end + 1;
      if (this.#isStopped) return;
      this.#events.onLine(this.#take());
    }
    this.#keep(chunk.subarray(from));
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return;
    this.#parts.push(part);
    this.#bytes += part.length;
    if (this.#bytes > MAX_MESSAGE_BYTES) this.#stop();
  }

  #take(): string {
    const line = Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    this.#bytes = 0;
    return line;
  }

  #stop(): void {
    if (this.#isStopped) return;
    this.#isStopped = true;
    this.#take();
    this.#socket.removeAllListeners('data');
    this.#socket.resume();
    this.#events.onTooLong?.();
  }
}

const NEWLINE = 10;
