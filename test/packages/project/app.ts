// app.ts
import { CloudTask } from '@cloudtask/sdk';
import { sendEmail } from './jobs/email.ts';

// The account of the README; `ct.auth.register({ email, password })` makes one.
const ct = new CloudTask({
  url: 'http://localhost:8080',
  auth: { email: 'user@example.com', password: 'securePassword123' },
});
const job = await ct.jobs.create(sendEmail, { to: 'grace@example.com', subject: 'Hi' }, { delay: '5m' });
console.log(job.id, job.status);
const { messageId } = await ct.jobs.run(sendEmail, { to: 'grace@example.com', subject: 'Hi' });
console.log(messageId);
await ct.close();
