import { CloudTask } from '@cloudtask/sdk';
import { checkout } from './checkout.ts';

await using cloudtask = new CloudTask();
console.log(await checkout(cloudtask, { id: 'order-7', cents: 1250 }));
