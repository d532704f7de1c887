import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import type { CloudTask } from '@cloudtask/sdk';
import { createTestClient } from '@cloudtask/testing';
import { expect, onTestFinished, test } from 'vitest';
import { buildApp } from '../src/app.ts';
import helloHandler from '../src/handlers/hello.ts';

/** The address of the web server, on a free port for as long as the test runs. */
async function served(cloudtask: CloudTask): Promise<string> {
  const server = buildApp(cloudtask).listen(0);
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/hello`;
}

const post = (url: string, body: unknown) =>
  fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });

test('a greeting is accepted at once, and there a moment later', async () => {
  await using cloudtask = createTestClient({ handlers: [helloHandler] });
  const url = await served(cloudtask);
  const accepted = await post(url, { name: 'Ada' });
  expect(accepted.status).toBe(202);
  const { id } = (await accepted.json()) as { id: string };
  const job = async () => (await fetch(`${url}/${id}`)).json();
  expect(await job()).toMatchObject({ status: 'PENDING' });
  await cloudtask.drain();
  expect(await job()).toMatchObject({ status: 'COMPLETED', result: { text: 'Hello Ada' } });
});

test('a request without a name is refused, and a job that is not there is not found', async () => {
  await using cloudtask = createTestClient({ handlers: [helloHandler] });
  const url = await served(cloudtask);
  expect((await post(url, {})).status).toBe(400);
  expect((await fetch(`${url}/00000000-0000-7000-8000-000000000000`)).status).toBe(404);
});
