import { CloudTask, ConflictError } from '@cloudtask/sdk';
import { startEmbedded } from '@cloudtask/server/embedded';
import { addUp } from './add-up.ts';

// Port 0 takes a free one; the folder keeps jobs and accounts from one run to the next.
const dataDir = process.argv[2] ?? '.cloudtask/app';
const platform = await startEmbedded({ port: 0, dataDir, handlers: [addUp] });
console.log(`jobs run in this program, the API is at ${platform.url}`);

const account = { email: 'app@example.com', password: 'a quite long passphrase' };
const cloudtask = new CloudTask({ url: platform.url, auth: account });
try {
  await cloudtask.auth.register(account).catch(signInInstead);
  console.log(await cloudtask.jobs.run(addUp.job, [1, 2, 3]));
} finally {
  await cloudtask.close();
  await platform.close();
}

async function signInInstead(error: unknown): Promise<void> {
  if (!(error instanceof ConflictError)) throw error;
  await cloudtask.auth.login(account);
}
