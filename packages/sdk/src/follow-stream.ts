import { anySignal } from './any-signal.ts';
import { APIError, TimeoutError } from './errors.ts';
import { unreachable } from './request.ts';
import { readEvents, type ServerSentEvent } from './sse.ts';
import type { TransportResponse } from './transports/transport.ts';
import type { WatchDeps } from './watch-deps.ts';

/** There is no event stream to be had from here: something else must be tried. */
export class StreamUnusable extends Error {}

/** There is nothing after the last event that was seen. */
export class StreamFinished extends Error {}

/** The server sends the current state first: a stream without it after this long is held back by a proxy. */
const FIRST_EVENT_MS = 5_000;

export interface StreamInput {
  path: string;
  query?: Record<string, unknown>;
  /** The last event that was seen. */
  after: string | null;
  /** The server begins with the state of things; not when this stream goes on after an event, or shows only news. */
  expectsFirst: boolean;
  signal: AbortSignal;
  onOpen(): void;
}

/** One connection to an event stream, until either side ends it. */
export async function* followStream(deps: WatchDeps, input: StreamInput): AsyncGenerator<ServerSentEvent> {
  const { signal, onOpen } = input;
  const connection = new AbortController();
  const both = anySignal(signal, connection.signal);
  let seen = !input.expectsFirst;
  // Any byte, a keep-alive too, proves that the connection lives; only an event proves that events come through.
  const watchdog = startWatchdog(() => connection.abort());
  try {
    const response = await openStream(deps, input, both);
    onOpen();
    watchdog.within(seen ? deps.idleMs : Math.min(FIRST_EVENT_MS, deps.idleMs));
    const alive = () => seen && watchdog.within(deps.idleMs);
    for await (const event of readEvents(response.chunks(), alive)) {
      seen = true;
      alive();
      yield event;
    }
  } catch (error) {
    if (signal.aborted) throw signal.reason;
    if (error instanceof APIError || error instanceof StreamUnusable || error instanceof StreamFinished) throw error;
    if (!connection.signal.aborted) throw unreachable('the event stream', error);
    if (!seen) throw new StreamUnusable('no event came through');
    const details = { code: 'TIMEOUT', phase: 'attempt', retryable: true } as const;
    throw new TimeoutError(`the event stream was silent for ${deps.idleMs} ms`, details);
  } finally {
    watchdog.stop();
    connection.abort();
  }
}

async function openStream({ requester }: WatchDeps, { path, query = {}, after }: StreamInput, signal: AbortSignal) {
  const response = await requester
    .open({
      operation: 'jobs.watch',
      method: 'GET',
      path,
      query,
      headers: { accept: 'text/event-stream', ...(after !== null && { 'last-event-id': after }) },
      maxRetries: 0,
      signal,
    })
    .catch((error: unknown) => {
      // 404 too: an older server has no such route. Polling tells whether it is the job that is missing.
      if (error instanceof APIError && NO_STREAM.includes(error.status)) throw new StreamUnusable(error.message);
      throw error;
    });
  if (response.status === 204) throw new StreamFinished();
  if (!isEventStream(response)) throw new StreamUnusable('the answer is no event stream');
  return response;
}

const NO_STREAM = [404, 405, 406, 501];

function isEventStream({ status, headers }: TransportResponse): boolean {
  return status === 200 && headers.get('content-type')?.startsWith('text/event-stream') === true;
}

function startWatchdog(bite: () => void) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    within(ms: number) {
      clearTimeout(timer);
      timer = setTimeout(bite, ms);
    },
    stop: () => clearTimeout(timer),
  };
}
