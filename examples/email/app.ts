import { CloudTask } from '@cloudtask/sdk';
import type { email } from './jobs/email.ts';
import type { welcome } from './jobs/welcome.ts';
import { signUp } from './sign-up.ts';

await using cloudtask = new CloudTask();
const welcomeId = await signUp(cloudtask, { name: 'Ada', email: 'ada@example.com' });
console.log(`signed up, the welcome is job ${welcomeId}`);

// A web application would have answered by now. This one stays to see the mail.
const { mailId } = await cloudtask.jobs.result<typeof welcome>(welcomeId);
const mail = await cloudtask.jobs.wait<typeof email>(mailId, { timeout: '1m' });
console.log(`${mail.status} ${mail.status === 'COMPLETED' ? (mail.result.file ?? 'sent') : mail.error?.message}`);
