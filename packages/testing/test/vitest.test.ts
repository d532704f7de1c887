import { defineHandler, defineJob, jsonSchema } from '@cloudtask/sdk';
import { afterAll, expect, it } from 'vitest';
import { runHandler } from '../src/run-handler.ts';
import { createTestClient } from '../src/test-client.ts';
import '../src/vitest.ts';

const greet = defineJob({ type: 'greet', payload: jsonSchema<{ name: string; age?: number }>({ type: 'object' }) });
const handler = defineHandler(greet, ({ name }) => {
  if (name === 'nobody') throw new Error('nobody is there');
  return { greeting: `hello ${name}` };
});
const client = createTestClient({ handlers: [handler] });
afterAll(() => client.close());

it('toHaveEnqueued looks for a job, with a payload when one is given', async () => {
  await expect(client).not.toHaveEnqueued(greet);
  await client.jobs.create(greet, { name: 'Ada', age: 36 });
  await expect(client).toHaveEnqueued(greet);
  await expect(client).toHaveEnqueued('greet', { name: 'Ada', age: 36 });
  await expect(client).toHaveEnqueued(greet, expect.objectContaining({ name: 'Ada' }));
  await expect(client).not.toHaveEnqueued(greet, { name: 'Grace' });
  await expect(expect(client).toHaveEnqueued(greet, { name: 'Grace' })).rejects.toThrow(
    'a job of the type "greet" with the payload {"name": "Grace"} was not enqueued; there is\n  {"age": 36, "name": "Ada"}',
  );
  await client.drain();
  await expect(client).toHaveEnqueued(greet);
});

it('toCompleteWith takes jobs, runs of handlers and promises of them', async () => {
  await expect(runHandler(handler, { name: 'Ada' })).toCompleteWith({ greeting: 'hello Ada' });
  await expect(await runHandler(handler, { name: 'Ada' })).not.toCompleteWith({ greeting: 'hello Grace' });
  const created = client.jobs.create(greet, { name: 'Ada' });
  const { id } = await created;
  await expect(expect(client.jobs.get(id)).toCompleteWith({})).rejects.toThrow(
    'it is PENDING. A job waits until drain()',
  );
  await client.drain();
  await expect(created).toCompleteWith({ greeting: expect.stringMatching('Ada') });
  await expect(client.jobs.get(id)).toCompleteWith({ greeting: 'hello Ada' });
  await expect(expect(runHandler(handler, { name: 'nobody' })).toCompleteWith({})).rejects.toThrow(
    'it is retrying, because of: nobody is there',
  );
});
