import { CloudTask } from '@cloudtask/sdk';
import { importCustomers } from './import-customers.ts';

const file = process.argv[2] ?? `${import.meta.dirname}/customers.csv`;
await using cloudtask = new CloudTask();
const { accepted, refused } = await importCustomers(cloudtask, file);
console.log(`${accepted} rows accepted, ${refused.length} refused`);
for (const { row, why } of refused) console.log(`row ${row}: ${why}`);
