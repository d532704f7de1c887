import { defineHandler } from '@cloudtask/sdk';
import { createTestClient } from '@cloudtask/testing';
import { hello } from '@my-jobs/jobs/hello';
import { expect, test } from 'vitest';
import { buildApp } from '../src/app.ts';

// The web server has no code of the worker. The contract is enough to stand in for it, and the compiler holds this to it.
const standIn = defineHandler(hello, ({ name }) => ({ text: `Good day ${name}` }));

test('a greeting is accepted at once, and there a moment later', async () => {
  await using cloudtask = createTestClient({ handlers: [standIn] });
  await using app = buildApp(cloudtask);
  const accepted = await app.inject({ method: 'POST', url: '/hello', payload: { name: 'Ada' } });
  expect(accepted.statusCode).toBe(202);
  const url = `/hello/${accepted.json<{ id: string }>().id}`;
  expect((await app.inject(url)).json()).toMatchObject({ status: 'PENDING' });
  await cloudtask.drain();
  expect((await app.inject(url)).json()).toMatchObject({ status: 'COMPLETED', result: { text: 'Good day Ada' } });
});

test('a request without a name is refused', async () => {
  await using cloudtask = createTestClient({ mode: 'record' });
  await using app = buildApp(cloudtask);
  expect((await app.inject({ method: 'POST', url: '/hello', payload: {} })).statusCode).toBe(400);
});
