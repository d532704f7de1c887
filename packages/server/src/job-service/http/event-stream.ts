import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { FastifyReply } from 'fastify';

export interface ServerEvent {
  id?: string;
  event: string;
  data: unknown;
}

export interface EventStream {
  /** False while the client reads too slowly: what it has not taken by then is too much to keep. */
  send(event: ServerEvent): boolean;
  /** Ends the stream; fine to repeat, with less patience too. What the client has not read after that time is thrown away. Default 60 s. */
  end(patienceMs?: number): void;
  /** Aborted when the stream is over, whoever ended it. */
  readonly ended: AbortSignal;
  /** Resolves when the client has all of it, or is gone. */
  readonly closed: Promise<void>;
  /** True when there is room again. */
  readonly hasRoom: boolean;
  /** Resolves when the client has taken what made `send` answer false, or the stream is over. */
  room(): Promise<void>;
}

/** Keeps proxies and clients from taking a quiet stream for a dead one. */
const HEARTBEAT_MS = 15_000;
const MAX_BUFFERED_BYTES = 512 * 1024;
const PATIENCE_MS = 60_000;

/** Begins a stream of server-sent events. */
export function openEventStream(reply: FastifyReply): EventStream {
  // On one side only: each would hold as much.
  const body = new PassThrough({ readableHighWaterMark: 16_384, writableHighWaterMark: MAX_BUFFERED_BYTES });
  const closed = new Promise<void>((resolve) => body.once('close', resolve));
  const ended = new AbortController();
  const heartbeat = setInterval(() => body.writableLength === 0 && body.write(': still here\n\n'), HEARTBEAT_MS);
  const end = (patienceMs = PATIENCE_MS) => {
    clearInterval(heartbeat);
    ended.abort();
    body.end();
    const timer = setTimeout(() => body.destroy(), patienceMs);
    void closed.then(() => clearTimeout(timer));
  };
  body.once('close', () => end());
  body.on('error', () => end());
  // Something to read at once: clients and proxies see the headers before the first event.
  body.write('retry: 2000\n\n');
  void reply
    .header('content-type', 'text/event-stream; charset=utf-8')
    .header('cache-control', 'no-store, no-transform')
    .header('x-accel-buffering', 'no')
    .send(body);
  return {
    send({ id, event, data }) {
      if (ended.signal.aborted) return false;
      const idLine = id === undefined ? '' : `id: ${id}\n`;
      return body.write(`${idLine}event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
    },
    end,
    ended: ended.signal,
    closed,
    get hasRoom() {
      return body.writableLength < MAX_BUFFERED_BYTES / 2;
    },
    async room() {
      if (body.writableNeedDrain && !ended.signal.aborted) {
        await once(body, 'drain', { signal: ended.signal }).catch(() => {});
      }
    },
  };
}
