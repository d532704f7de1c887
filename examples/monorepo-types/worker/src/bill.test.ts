import { runHandler } from '@cloudtask/testing';
import { expect, test } from 'vitest';
import handler from './handlers/bill.ts';

test('a bill that is written twice has one number', async () => {
  const write = async () => (await runHandler(handler, { id: 'order-7', cents: 1250 })).result;
  expect(await write()).toEqual({ number: expect.stringMatching(/^BILL-/), total: '12.50 €' });
  expect(await write()).toEqual(await write());
});
