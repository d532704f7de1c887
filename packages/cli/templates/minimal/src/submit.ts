import { CloudTask } from '@cloudtask/sdk';
import { hello } from './jobs/hello.ts';

// Without any setting it finds the `cloudtask dev` of this folder; elsewhere it wants CLOUDTASK_URL and CLOUDTASK_TOKEN.
const cloudtask = new CloudTask();
const { text } = await cloudtask.jobs.run(hello, { name: process.argv[2] ?? 'Ada' });
console.log(text);
await cloudtask.close();
