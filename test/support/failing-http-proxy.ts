import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FailingHttpProxy {
  readonly url: string;
  /** What came, and what of it was cut off: before the server saw it, and after it had answered. */
  readonly counts: { requests: number; unsent: number; unanswered: number };
  close(): Promise<void>;
}

/**
 * Passes HTTP on and breaks the connection at every n-th request, in turn before the server sees it and after it has
 * answered. The second is the bad one: the work is done and nobody was told.
 */
export async function startFailingHttpProxy(targetUrl: string, everyNth: number): Promise<FailingHttpProxy> {
  const counts = { requests: 0, unsent: 0, unanswered: 0 };
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    counts.requests += 1;
    const fails = counts.requests % everyNth === 0;
    if (fails && counts.unsent <= counts.unanswered) {
      counts.unsent += 1;
      request.socket.destroy();
      return;
    }
    const { host: _host, connection: _connection, 'content-length': _length, ...headers } = request.headers;
    const answer = await fetch(new URL(request.url ?? '/', targetUrl), {
      method: request.method ?? 'GET',
      headers: headers as Record<string, string>,
      ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
    });
    const body = Buffer.from(await answer.arrayBuffer());
    if (fails) {
      counts.unanswered += 1;
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.status, { 'content-type': answer.headers.get('content-type') ?? '' });
    response.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
