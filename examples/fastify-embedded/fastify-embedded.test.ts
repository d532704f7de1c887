import { createTestClient } from '@cloudtask/testing';
import { expect, test } from 'vitest';
import { buildShop } from './build-shop.ts';
import { invoices } from './handlers.ts';

test('an order gets its invoice, without a port, a database or a broker', async () => {
  await using cloudtask = createTestClient({ handlers: [invoices], mode: 'inline' });
  await using shop = buildShop(cloudtask);
  const ordered = await shop.inject({ method: 'POST', url: '/orders/7/invoice' });
  expect(ordered.statusCode).toBe(202);
  const invoice = await shop.inject(`/invoices/${ordered.json<{ id: string }>().id}`);
  expect(invoice.json()).toEqual({ status: 'COMPLETED', result: { number: 'INV-1' } });
});
