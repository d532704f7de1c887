import { createTestClient } from '@cloudtask/testing';
import '@cloudtask/testing/vitest';
import { expect, test } from 'vitest';
import handler from './handlers/welcome.ts';
import { email } from './jobs/email.ts';
import { welcome } from './jobs/welcome.ts';
import { signUp } from './sign-up.ts';

const ada = { name: 'Ada', email: 'ada@example.com' };

test('who signs up twice at once is welcomed once', async () => {
  await using cloudtask = createTestClient({ mode: 'record' });
  const ids = await Promise.all([signUp(cloudtask, ada), signUp(cloudtask, ada)]);
  expect(new Set(ids).size).toBe(1);
  await expect(cloudtask).toHaveEnqueued(welcome, { to: 'ada@example.com', name: 'Ada' });
});

test('a welcome that runs twice, because its report was lost, sends one mail', async () => {
  const services: { cloudtask?: unknown } = {};
  await using cloudtask = createTestClient({ handlers: [handler], services, redeliver: true });
  services.cloudtask = cloudtask;
  await signUp(cloudtask, ada);
  expect(await cloudtask.drain()).toMatchObject({ completed: 1 });
  const mails = await cloudtask.enqueued(email);
  expect(mails.map(({ payload }) => payload.subject)).toEqual(['Welcome, Ada']);
});
