import type { Readable } from 'node:stream';
import type { Transport, TransportRequest, TransportResponse } from '@cloudtask/sdk';
import type { buildApp } from '@cloudtask/server/job-service/app';

type App = Awaited<ReturnType<typeof buildApp>>;

export interface InProcess {
  app(): Promise<App>;
  /** Before a request is sent, in the turn in which the client sends it. An answer takes the place of the server's. */
  before?(): TransportResponse | undefined;
  /** After the server has answered a request that may have changed something. */
  afterChange?(): Promise<void>;
  close(): Promise<void>;
}

/** Requests go to the API in this process: all of HTTP but the socket. */
export function inProcessTransport({ app, before, afterChange, close }: InProcess): Transport {
  return {
    async send(request) {
      const instead = before?.();
      if (instead) return instead;
      const response = await inject(await app(), request);
      if (request.method !== 'GET') await afterChange?.();
      return response;
    },
    close,
  };
}

async function inject(app: App, { method, url, headers, body, signal }: TransportRequest): Promise<TransportResponse> {
  signal.throwIfAborted();
  const answer = await app.inject({
    method: method as 'GET',
    url,
    headers,
    signal,
    payloadAsStream: true,
    ...(body === undefined ? {} : { payload: body }),
  });
  const stream = answer.stream();
  const end = () => stream.destroy(signal.reason);
  signal.addEventListener('abort', end, { once: true });
  stream.once('close', () => signal.removeEventListener('abort', end));
  // Whoever reads it gets the error; without a reader it would end the process.
  stream.on('error', () => {});
  return {
    status: answer.statusCode,
    headers: toHeaders(answer.headers),
    text: () => textOf(stream),
    chunks: () => stream,
    discard: async () => {
      stream.destroy();
    },
  };
}

async function textOf(stream: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

function toHeaders(raw: object): Headers {
  const headers = new Headers();
  for (const [name, value] of Object.entries(raw)) {
    for (const each of [value].flat()) if (each !== undefined) headers.append(name, String(each));
  }
  return headers;
}
