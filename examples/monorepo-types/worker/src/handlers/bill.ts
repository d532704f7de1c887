import { createHash } from 'node:crypto';
import { defineHandler } from '@cloudtask/sdk';
import { bill } from '@shop/contracts';

export default defineHandler(bill, ({ id, cents }) => {
  // From the order and not from a counter: a bill that is written twice has one number.
  const number = `BILL-${createHash('sha256').update(id).digest('hex').slice(0, 8)}`;
  return { number, total: `${(cents / 100).toFixed(2)} €` };
});
