import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Job, JobStatus, Session } from '../../src/contract.ts';

export interface Seen {
  method: string;
  path: string;
  query: URLSearchParams;
  headers: IncomingMessage['headers'];
  body: string;
  json(): never;
}

export type Play = (seen: Seen, response: ServerResponse, nth: number) => void | Promise<void>;

/** A real HTTP server that plays the protocol as the test tells it, and remembers what it was asked. */
export async function playServer(routes: Record<string, Play>) {
  const requests: Seen[] = [];
  const counts = new Map<string, number>();
  const server = createServer(async (incoming, response) => {
    const url = new URL(incoming.url ?? '/', 'http://play.invalid');
    const chunks: Buffer[] = [];
    for await (const chunk of incoming) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString();
    const seen: Seen = {
      method: incoming.method ?? '',
      path: url.pathname,
      query: url.searchParams,
      headers: incoming.headers,
      body,
      json: () => JSON.parse(body) as never,
    };
    requests.push(seen);
    const name = `${seen.method} ${seen.path}`;
    const nth = (counts.get(name) ?? 0) + 1;
    counts.set(name, nth);
    const play = routes[name];
    if (play) await play(seen, response, nth);
    else problem(response, 404, 'NOT_FOUND');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    requests,
    to: (name: string) => requests.filter((each) => `${each.method} ${each.path}` === name),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

export function answer(response: ServerResponse, status: number, body: unknown, headers: Record<string, string> = {}) {
  response.writeHead(status, { 'content-type': 'application/json', 'x-request-id': 'req-1', ...headers });
  response.end(JSON.stringify(body));
}

export function problem(response: ServerResponse, status: number, code: string, headers: Record<string, string> = {}) {
  const body = {
    type: 'about:blank',
    title: code,
    status,
    detail: `refused: ${code}`,
    code,
    requestId: 'req-9',
    issues: [],
  };
  answer(response, status, body, { 'content-type': 'application/problem+json', ...headers });
}

export function openEventStream(response: ServerResponse) {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  response.flushHeaders();
  return (seq: number | string, status: JobStatus, more: Partial<Job> = {}) => {
    const job = aJob({ status, ...more });
    const event = { seq: String(seq), at: job.updatedAt, jobId: job.id, kind: 'status', status, job };
    response.write(`id: ${seq}\nevent: status\ndata: ${JSON.stringify(event)}\n\n`);
  };
}

/** Any event of a job's stream, beside those of `openEventStream`. */
export function sendEvent(response: ServerResponse, event: { seq: string; kind: string; [more: string]: unknown }) {
  const data = JSON.stringify({ at: '', jobId: aJob().id, ...event });
  response.write(`id: ${event.seq}\nevent: ${event.kind}\ndata: ${data}\n\n`);
}

export function aJob(more: Partial<Job> = {}): Job {
  return {
    id: '0199d0f4-0000-7000-8000-000000000001',
    type: 'email',
    payload: { to: 'ada@example.com' },
    status: 'PENDING',
    reason: null,
    queue: 'default',
    priority: 5,
    attempt: 0,
    maxAttempts: 5,
    result: null,
    error: null,
    progress: null,
    tags: [],
    metadata: {},
    uniqueKey: null,
    parentId: null,
    scheduleId: null,
    scheduledFor: null,
    createdAt: '2026-11-23T12:00:00.000Z',
    updatedAt: '2026-11-23T12:00:00.000Z',
    runAt: null,
    startedAt: null,
    finishedAt: null,
    nextAttemptAt: null,
    cancelRequestedAt: null,
    discardedAt: null,
    discardReason: null,
    worker: null,
    ...more,
  };
}

export function aSession(token: string, expiresIn = 3_600): Session {
  return {
    token,
    accessToken: token,
    tokenType: 'Bearer',
    expiresIn,
    refreshToken: `refresh-of-${token}`,
    user: { id: 'u1', email: 'ada@example.com', createdAt: '2026-11-23T12:00:00.000Z', isOperator: false },
  };
}
