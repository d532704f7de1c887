import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { connect } from 'node:net';
import { expect, it } from 'vitest';
import { openTestApi } from './api.ts';

async function listening() {
  const api = await openTestApi();
  await api.app.listen({ port: 0, host: '127.0.0.1' });
  const { port } = api.app.server.address() as AddressInfo;
  return { api, port };
}

it('a service that stops does not wait for a connection on which nobody asks anything', async () => {
  const { api, port } = await listening();
  const accepted = once(api.app.server, 'connection');
  const socket = connect(port, '127.0.0.1');
  const ended = once(socket, 'close');
  await accepted;
  await api.close();
  await ended;
});

it('a service that stops does not wait for a client that does not read its stream', async () => {
  const { api, port } = await listening();
  const { token } = await api.register();
  const socket = connect(port, '127.0.0.1');
  socket.write(`GET /events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\n\r\n`);
  const [head] = (await once(socket, 'data')) as [Buffer];
  expect(head.toString()).toMatch(/^HTTP\/1\.1 200 /);
  socket.pause();
  const metadata = { text: 'x'.repeat(16_000) };
  const jobs = Array.from({ length: 1_000 }, () => ({ type: 'test', metadata }));
  await api.call('POST', '/jobs/batch?fields=id', { token, body: { jobs } });
  await api.close();
  socket.destroy();
});
