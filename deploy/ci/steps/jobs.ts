import { randomBytes } from 'node:crypto';
import type { Job } from '@cloudtask/sdk/contract';
import { type CliAccount, registerByCli } from '../cli-account.ts';
import type { Step } from '../step.ts';
import { project } from './project.ts';
import { stackUp } from './stack-up.ts';

export interface SmokeJobs {
  cli: CliAccount;
  email: Job;
  failed: Job;
  /** What stands in payloads and passwords, and may stand in no log. */
  secrets: string[];
}

/** Three jobs from the command line to their ends. */
export const jobs: Step<SmokeJobs> = {
  name: 'jobs from the command line',
  needs: [stackUp, project],
  async run(run) {
    const canary = `canary${randomBytes(12).toString('hex')}`;
    const password = `password${randomBytes(12).toString('hex')}`;
    const cli = await registerByCli(await run.resultOf(project).urlOf('job-service', 8080), password, run.signal);
    run.atEnd(() => cli.close());
    await cli.signIn();

    async function waitFor(expectedCode: number, ...args: string[]): Promise<Job> {
      const { code, stdout, stderr } = await cli.run('submit', ...args, '--wait', '--timeout', '60s', '--json');
      if (code !== expectedCode)
        throw new Error(`\`submit ${args.join(' ')}\` ended with ${code}, not ${expectedCode}:\n${stdout}${stderr}`);
      return JSON.parse(stdout) as Job;
    }

    const email = await waitFor(0, 'email', 'to=ada@example.com', `subject=Hello ${canary}`, `text=${canary}`);
    expectStatus(email, 'COMPLETED');
    expectStatus(await waitFor(0, 'sleep', 'seconds:=1'), 'COMPLETED');
    const failed = await waitFor(3, 'sleep', 'seconds:=30', '--job-timeout', '1s', '--max-attempts', '1');
    expectStatus(failed, 'FAILED', 'TIMEOUT');
    return { cli, email, failed, secrets: [canary, password] };
  },
};

function expectStatus(job: Job, status: string, reason: string | null = null): void {
  if (job.status === status && job.reason === reason) return;
  throw new Error(`the job should have ended ${status} ${reason ?? ''}: ${JSON.stringify(job)}`);
}
