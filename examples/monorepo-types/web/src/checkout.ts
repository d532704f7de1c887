import type { CloudTask } from '@cloudtask/sdk';
import { bill, type Order } from '@shop/contracts';

/** The total as the bill has it. The types come from the contract: `total` is a string, and `cents: '12'` would not compile. */
export async function checkout(cloudtask: CloudTask, order: Order): Promise<string> {
  const { number, total } = await cloudtask.jobs.run(bill, order);
  return `${number}: ${total}`;
}
