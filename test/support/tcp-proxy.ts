import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { freePort } from './free-port.ts';

/** `up` is towards the server, `down` towards the client. */
export type Direction = 'up' | 'down';

export interface TcpProxy {
  readonly port: number;
  /** The target's URL with this proxy's address in place of the server's. */
  readonly url: string;
  /** Back to normal: new connections are accepted, nothing is dropped or delayed. */
  pass(): Promise<void>;
  /** New connections are refused; those that exist stay (`cut` ends them). */
  refuse(): Promise<void>;
  /** Resets every connection that exists, on both sides. */
  cut(): void;
  /** Swallows bytes in silence, as a dead link does; without a direction, both. */
  drop(direction?: Direction): void;
  /** Bytes arrive this much later, in order. */
  delay(ms: number): void;
  close(): Promise<void>;
}

export async function startTcpProxy(targetUrl: string): Promise<TcpProxy> {
  const target = new URL(targetUrl);
  const port = await freePort();
  const url = new URL(targetUrl);
  url.hostname = '127.0.0.1';
  url.port = String(port);

  const sockets = new Set<Socket>();
  const dropped = new Set<Direction>();
  let delayMs = 0;
  let server: Server | undefined;

  function accept(client: Socket): void {
    const upstream = connect(Number(target.port || defaultPorts[target.protocol]), target.hostname);
    relay(client, upstream, 'up');
    relay(upstream, client, 'down');
  }

  function relay(from: Socket, to: Socket, direction: Direction): void {
    sockets.add(from);
    from.setNoDelay(true);
    const later = (act: () => void): void => {
      if (dropped.has(direction)) return;
      if (delayMs > 0) setTimeout(act, delayMs).unref();
      else act();
    };
    from.on('data', (bytes) => later(() => to.writable && to.write(bytes)));
    from.on('end', () => later(() => to.end()));
    from.on('error', () => to.destroy());
    from.on('close', () => {
      sockets.delete(from);
      if (!dropped.has(direction)) to.destroySoon();
    });
  }

  async function listen(): Promise<void> {
    if (server) return;
    server = createServer({ allowHalfOpen: true }, accept);
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
  }

  async function refuse(): Promise<void> {
    const closing = server;
    server = undefined;
    // Only stops listening: `close` itself would wait for the connections that stay.
    closing?.close();
    await Promise.resolve();
  }

  function cut(): void {
    for (const socket of sockets) socket.resetAndDestroy();
  }

  await listen();
  return {
    port,
    url: url.href,
    refuse,
    cut,
    async pass() {
      dropped.clear();
      delayMs = 0;
      await listen();
    },
    drop(direction) {
      for (const each of direction ? [direction] : (['up', 'down'] as const)) dropped.add(each);
    },
    delay(ms) {
      delayMs = ms;
    },
    async close() {
      await refuse();
      cut();
    },
  };
}

const defaultPorts: Record<string, string> = { 'postgres:': '5432', 'amqp:': '5672', 'redis:': '6379', 'http:': '80' };
