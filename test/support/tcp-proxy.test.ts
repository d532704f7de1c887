import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { eventually } from './eventually.ts';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

let echo: Server;
let proxy: TcpProxy;
const clients: Socket[] = [];

beforeEach(async () => {
  echo = createServer((socket) => socket.on('error', () => {}).pipe(socket)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await startTcpProxy(`http://127.0.0.1:${(echo.address() as AddressInfo).port}/path`);
});

afterEach(async () => {
  for (const client of clients.splice(0)) client.destroy();
  await proxy.close();
  echo.close();
});

it('passes bytes both ways and keeps the rest of the URL', async () => {
  const { socket, heard } = await open();
  socket.write('hello');
  await eventually(() => heard() === 'hello');
  expect(proxy.url).toBe(`http://127.0.0.1:${proxy.port}/path`);
});

it('refuses new connections while those that exist go on', async () => {
  const { socket, heard } = await open();
  await proxy.refuse();
  await expect(open()).rejects.toThrow('ECONNREFUSED');
  socket.write('still here');
  await eventually(() => heard() === 'still here');
  await proxy.pass();
  await open();
});

it('cuts what exists and accepts what comes', async () => {
  const { ended } = await open();
  proxy.cut();
  await eventually(ended);
  await open();
});

it('drops one direction in silence', async () => {
  const { socket, heard, ended } = await open();
  proxy.drop('up');
  socket.write('lost');
  // Nothing tells when bytes have vanished: time is what is tested.
  await new Promise((resolve) => setTimeout(resolve, 100));
  await proxy.pass();
  socket.write('kept');
  await eventually(() => heard() !== '');
  expect([heard(), ended()]).toEqual(['kept', false]);
});

it('delays without reordering', async () => {
  const { socket, heard } = await open();
  proxy.delay(60);
  const from = Date.now();
  for (const each of ['1', '2', '3']) socket.write(each);
  await eventually(() => heard() === '123');
  expect(Date.now() - from).toBeGreaterThanOrEqual(100);
});

async function open(): Promise<{ socket: Socket; heard(): string; ended(): boolean }> {
  const socket = connect(proxy.port, '127.0.0.1');
  clients.push(socket);
  await once(socket, 'connect');
  let text = '';
  let isEnded = false;
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    text += bytes;
  });
  socket.on('close', () => {
    isEnded = true;
  });
  return { socket, heard: () => text, ended: () => isEnded };
}
