import { createTestClient } from '@cloudtask/testing';
import { expect, test } from 'vitest';
import { buildApp } from '../src/app.ts';
import helloHandler from '../src/handlers/hello.ts';

test('a greeting is accepted at once, and there a moment later', async () => {
  await using cloudtask = createTestClient({ handlers: [helloHandler] });
  await using app = buildApp(cloudtask);
  const accepted = await app.inject({ method: 'POST', url: '/hello', payload: { name: 'Ada' } });
  expect(accepted.statusCode).toBe(202);
  const url = `/hello/${accepted.json<{ id: string }>().id}`;
  expect((await app.inject(url)).json()).toMatchObject({ status: 'PENDING' });
  await cloudtask.drain();
  expect((await app.inject(url)).json()).toMatchObject({ status: 'COMPLETED', result: { text: 'Hello Ada' } });
});

test('a request without a name is refused', async () => {
  await using cloudtask = createTestClient({ mode: 'record' });
  await using app = buildApp(cloudtask);
  expect((await app.inject({ method: 'POST', url: '/hello', payload: {} })).statusCode).toBe(400);
});
