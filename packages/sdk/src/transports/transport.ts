/** One HTTP exchange, with nothing added: no retries, no credentials, no time limit but the signal's. */
export interface Transport {
  /** Resolves with the headers of the answer, whatever its status; rejects when there is none. */
  send(request: TransportRequest): Promise<TransportResponse>;
  /** Ends idle and running connections. */
  close(): Promise<void>;
}

/** What is sent: a whole URL, all headers, a `body` that is text already. */
export interface TransportRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string;
  signal: AbortSignal;
}

/** What came: the body is read once, by one of the three. */
export interface TransportResponse {
  status: number;
  headers: Headers;
  /** The whole body. */
  text(): Promise<string>;
  /** The body as it arrives. Leaving the loop early ends the connection. */
  chunks(): AsyncIterable<Uint8Array>;
  /** Throws the rest of the body away, so that the connection is free again. */
  discard(): Promise<void>;
}

/** As the platform's own `Response`, with the body still to come. */
export function toResponse({ status, headers, chunks }: TransportResponse): Response {
  if (status === 204 || status === 205 || status === 304) return new Response(null, { status, headers });
  const bytes = chunks()[Symbol.asyncIterator]();
  // The stream pulls once as soon as it is made: whoever cancels it always ends an iteration that has begun.
  const body = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await bytes.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await bytes.return?.();
    },
  });
  return new Response(body, { status, headers });
}
