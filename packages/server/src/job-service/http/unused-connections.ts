import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Connections on which nobody has asked anything yet: browsers and clients open some in advance. A server that closes
 * ends those whose requests are answered, and waits for these, up to the time that a request may take to arrive.
 */
export function unusedConnections(server: Server): { end(): void } {
  const unused = new Set<Socket>();
  let isEnding = false;
  server.on('connection', (socket: Socket) => {
    if (isEnding) socket.destroy();
    else unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => unused.delete(socket));
  return {
    end() {
      isEnding = true;
      for (const socket of unused) socket.destroy();
    },
  };
}
