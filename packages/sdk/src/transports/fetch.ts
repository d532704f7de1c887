import type { Transport, TransportResponse } from './transport.ts';

/** Browsers, edge runtimes, Deno and Bun: what the platform has. */
export function createTransport(): Transport {
  return {
    async send({ method, url, headers, body, signal }) {
      return toResponse(await fetch(url, { method, headers, signal, ...(body !== undefined && { body }) }));
    },
    close: async () => {},
  };
}

function toResponse(response: Response): TransportResponse {
  return {
    status: response.status,
    headers: response.headers,
    text: () => response.text(),
    chunks: () => chunksOf(response.body),
    discard: async () => response.body?.cancel(),
  };
}

// Not every runtime lets a web stream be iterated.
async function* chunksOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<Uint8Array> {
  const reader = body?.getReader();
  if (!reader) return;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}
