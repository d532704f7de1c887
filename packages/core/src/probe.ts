import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expose } from './exposition.ts';
import type { HealthReport } from './health.ts';
import type { Logger } from './logger.ts';
import type { Registry } from './metrics.ts';
import { oneAtATime } from './one-at-a-time.ts';

export interface ProbeOptions {
  /** 0 takes any free port. */
  port: number;
  host: string;
  registry: Registry;
  health: () => Promise<HealthReport>;
  logger: Logger;
}

export interface Probe {
  readonly port: number;
  /** Closing twice is fine. */
  close(): Promise<void>;
}

/**
 * What operators ask a service that has no API: `/metrics`, `/health` (with every component), `/health/liveness` (the
 * process answers; says nothing about others, or an outage of the database would restart everything) and
 * `/health/readiness` (it can do its work). 503 means no.
 */
export async function startProbe({ port, host, registry, health, logger }: ProbeOptions): Promise<Probe> {
  const check = oneAtATime(health);
  const server = createServer((request, response) => {
    answer(request, { registry, check })
      .catch((error: unknown) => {
        logger.error({ err: error, path: request.url }, 'the probe could not answer');
        return json(500, { status: 'DOWN' });
      })
      .then((reply) => send(request, response, reply))
      .catch(() => response.destroy());
  });
  await listen(server, { port, host });
  return { port: (server.address() as AddressInfo).port, close: closeOf(server) };
}

interface Reply {
  status: number;
  type: string;
  body: string;
}

async function answer(
  { method, url, socket, headers }: IncomingMessage,
  { registry, check }: { registry: Registry; check: () => Promise<HealthReport> },
): Promise<Reply> {
  if (method !== 'GET' && method !== 'HEAD')
    return json(405, { error: 'Method Not Allowed', allowed: ['GET', 'HEAD'] });
  switch (url?.split('?')[0]) {
    case '/metrics':
      return { status: 200, ...(await expose(registry, headers.accept)) };
    case '/health': {
      const report = await check();
      return json(codeOf(report), isLoopback(socket.remoteAddress) ? report : withoutDetails(report));
    }
    case '/health/liveness':
      return json(200, { status: 'UP' });
    case '/health/readiness': {
      const report = await check();
      return json(codeOf(report), { status: report.status });
    }
    default:
      return json(404, { error: 'Not Found', paths: ['/metrics', '/health', '/health/liveness', '/health/readiness'] });
  }
}

function json(status: number, body: object): Reply {
  return { status, type: 'application/json; charset=utf-8', body: `${JSON.stringify(body)}\n` };
}

function codeOf({ status }: HealthReport): number {
  return status === 'UP' ? 200 : 503;
}

/** Details name hosts and errors: for who is on this machine. */
function isLoopback(address: string | undefined): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address ?? '');
}

function withoutDetails({ status, components }: HealthReport) {
  const only = Object.entries(components).map(([name, component]) => [name, { status: component.status }]);
  return { status, components: Object.fromEntries(only) };
}

function send({ method }: IncomingMessage, response: ServerResponse, { status, type, body }: Reply): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...(status === 405 && { allow: 'GET, HEAD' }),
  });
  response.end(method === 'HEAD' ? undefined : body);
}

function listen(server: Server, { port, host }: { port: number; host: string }): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => reject(new CannotListen(host, port, cause)));
    server.listen(port, host, resolve);
  });
}

export class CannotListen extends Error {
  readonly code = 'CANNOT_LISTEN';
  override readonly name = 'CannotListen';

  constructor(host: string, port: number, cause: NodeJS.ErrnoException) {
    const reason = REASONS[cause.code ?? ''] ?? cause.message;
    super(`cannot listen on ${host}:${port}: ${reason}`, { cause });
  }
}

const REASONS: Record<string, string> = {
  EADDRINUSE: 'another process listens there – stop it, or choose another port',
  EACCES: 'this user may not – choose a port above 1023',
  EADDRNOTAVAIL: 'this machine has no such address',
  ENOTFOUND: 'there is no host of this name',
};

function closeOf(server: Server): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => {
    closing ??= new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return closing;
  };
}
