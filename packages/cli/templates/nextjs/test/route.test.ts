import { createTestClient } from '@cloudtask/testing';
import { afterEach, expect, test } from 'vitest';
import { GET } from '../app/api/hello/[id]/route.ts';
import { POST } from '../app/api/hello/route.ts';
import helloHandler from '../src/handlers/hello.ts';

// A route is a function of a request: it needs no Next to be tested.
const post = (body: string) => POST(new Request('http://localhost/api/hello', { method: 'POST', body }));
const get = (id: string) => GET(new Request(`http://localhost/api/hello/${id}`), { params: Promise.resolve({ id }) });

afterEach(() => {
  globalThis.cloudtaskClient = undefined;
});

test('a greeting is accepted at once, and there a moment later', async () => {
  await using cloudtask = createTestClient({ handlers: [helloHandler] });
  globalThis.cloudtaskClient = cloudtask;
  const accepted = await post('{ "name": "Ada" }');
  expect(accepted.status).toBe(202);
  const { id } = await accepted.json();
  expect(await (await get(id)).json()).toMatchObject({ status: 'PENDING' });
  await cloudtask.drain();
  expect(await (await get(id)).json()).toMatchObject({ status: 'COMPLETED', result: { text: 'Hello Ada' } });
});

test('a request without a name is refused, and a job that is not there is not found', async () => {
  await using cloudtask = createTestClient({ handlers: [helloHandler] });
  globalThis.cloudtaskClient = cloudtask;
  expect((await post('{}')).status).toBe(400);
  expect((await post('no JSON')).status).toBe(400);
  expect((await get('00000000-0000-7000-8000-000000000000')).status).toBe(404);
});
