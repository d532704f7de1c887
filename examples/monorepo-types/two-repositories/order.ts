import { CloudTask } from '@cloudtask/sdk';

// cloudtask.d.ts beside this file knows the types of the server: 'order.bill' is completed by the editor, its payload checked.
await using cloudtask = new CloudTask();
const { number, total } = await cloudtask.jobs.run('order.bill', { id: 'order-8', cents: 990 });
console.log(`${number}: ${total}`);
