import { CloudTask, ConflictError } from '@cloudtask/sdk';

const account = { email: 'ada@example.com', password: 'a quite long passphrase' };
const url = process.env['CLOUDTASK_URL'] ?? 'http://127.0.0.1:8080';

await using cloudtask = new CloudTask({ url, auth: account });

try {
  await cloudtask.auth.register(account);
} catch (error) {
  if (!(error instanceof ConflictError)) throw error;
  await cloudtask.auth.login(account);
}

const submitted = cloudtask.jobs.create('email', {
  to: 'grace@example.com',
  subject: 'Hello',
  text: 'Sent by a background job.',
});
console.log(`submitted ${(await submitted).id}`);

const job = await submitted.wait({ timeout: '1m' });
console.log(`${job.status} after ${job.attempt} attempt`);
console.log(job.status === 'COMPLETED' ? job.result : job.error);
