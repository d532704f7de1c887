import { Agent, type Dispatcher, request } from 'undici';
import type { Transport, TransportResponse } from './transport.ts';

const CONNECT_TIMEOUT_MS = 10_000;

/**
 * Node: a pool of kept-alive connections of our own. Not the global fetch: it is another undici, which refuses this one's
 * dispatcher. The time limits of undici are off, because the caller's signal is the only one and says which limit it was.
 */
export function createTransport(): Transport {
  const agent = new Agent({
    connect: { timeout: CONNECT_TIMEOUT_MS },
    headersTimeout: 0,
    bodyTimeout: 0,
    allowH2: false,
  });
  return {
    async send({ method, url, headers, body, signal }) {
      const options = { method: method as Dispatcher.HttpMethod, headers, signal, dispatcher: agent };
      return toResponse(await request(url, body === undefined ? options : { ...options, body }));
    },
    close: () => agent.destroy(),
  };
}

function toResponse({ statusCode, headers, body }: Dispatcher.ResponseData): TransportResponse {
  return {
    status: statusCode,
    headers: toHeaders(headers),
    text: () => body.text(),
    chunks: () => body,
    discard: () => body.dump(),
  };
}

function toHeaders(raw: Record<string, string | string[] | undefined>): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) {
    for (const each of Array.isArray(value) ? value : [value]) if (each !== undefined) headers.append(name, each);
  }
  return headers;
}
