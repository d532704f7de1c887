// app.ts — anywhere: five lines to a typed result
import { CloudTask } from '@cloudtask/sdk';
import { sendEmail } from './jobs/email.ts';

const ct = new CloudTask(); // env → .cloudtask/ (dev) → CLI profile
const job = await ct.jobs.create(sendEmail, { to: 'ada@example.com', subject: 'Hi' }); // Job snapshot, plain JSON
const out = await ct.jobs.run(sendEmail, { to: 'ada@example.com', subject: 'Hi' }); // { messageId }
for await (const e of ct.jobs.watch(job.id)) console.log(e.kind);
console.log(out);
