import type { CloudTask } from '@cloudtask/sdk';
import { welcome } from './jobs/welcome.ts';

export interface Person {
  name: string;
  email: string;
}

/** What the web application does when somebody signs up. It is given the client, so that tests can give another. */
export async function signUp(cloudtask: CloudTask, { name, email }: Person): Promise<string> {
  // While a welcome to this address has not ended, a second click on the button is answered with that job.
  const job = await cloudtask.jobs.create(welcome, { to: email, name }, { unique: { key: email } });
  return job.id;
}
