import { defineHandler } from '@cloudtask/sdk';
import { createTestClient } from '@cloudtask/testing';
import { bill } from '@shop/contracts';
import { expect, test } from 'vitest';
import { checkout } from './checkout.ts';

// The web application does not have the worker's code: the contract is enough to stand in for it, and keeps that honest.
const standIn = defineHandler(bill, ({ cents }) => ({ number: 'BILL-1', total: `${cents} cents` }));

test('the checkout shows the number and the total of the bill', async () => {
  await using cloudtask = createTestClient({ handlers: [standIn], mode: 'inline' });
  expect(await checkout(cloudtask, { id: 'order-7', cents: 1250 })).toBe('BILL-1: 1250 cents');
});

test('what is not in the contract compiles nowhere, and is refused', async () => {
  await using cloudtask = createTestClient({ handlers: [standIn], mode: 'inline' });
  // @ts-expect-error: cents are a number.
  await expect(checkout(cloudtask, { id: 'order-7', cents: '1250' })).rejects.toMatchObject({ status: 422 });
});
