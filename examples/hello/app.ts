import { CloudTask } from '@cloudtask/sdk';
import { hello } from './jobs/hello.ts';

// Finds the server and the account that the command `cloudtask` is signed in to.
await using cloudtask = new CloudTask();
console.log(await cloudtask.jobs.run(hello, { name: 'Grace' }));
