import { createTestClient, runHandler } from '@cloudtask/testing';
import '@cloudtask/testing/vitest';
import { hello } from '@my-jobs/jobs/hello';
import { expect, test } from 'vitest';
import helloHandler from '../src/handlers/hello.ts';

test('a payload without a name is refused', async () => {
  const run = await runHandler(helloHandler, {} as never);
  expect(run).toMatchObject({ outcome: 'failed', error: { reason: 'INVALID_PAYLOAD' } });
});

// The whole platform in this process; `redeliver` runs each job twice, as will happen in production one day.
test('a job that is submitted is run', async () => {
  await using cloudtask = createTestClient({ handlers: [helloHandler], redeliver: true });
  const { id } = await cloudtask.jobs.create(hello, { name: 'Grace' });
  expect(await cloudtask.drain()).toMatchObject({ completed: 1 });
  await expect(await cloudtask.jobs.get(id)).toCompleteWith({ text: 'Hello Grace' });
});
