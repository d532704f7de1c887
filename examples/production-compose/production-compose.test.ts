import { runHandler } from '@cloudtask/testing';
import { expect, test } from 'vitest';
import handler from './handlers/invoice.ts';

test('an order has one number, however often its job runs', async () => {
  const run = await runHandler(handler, { order: 42 }, { attempt: 2 });
  expect(run).toMatchObject({ outcome: 'completed', result: { number: 'INV-000042' } });
});
