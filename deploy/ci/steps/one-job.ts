import { registerByCli } from '../cli-account.ts';
import type { ComposeProject } from '../compose-project.ts';
import type { Run } from '../step.ts';

/** A new account of the stack submits an email and sees it sent. */
export async function expectOneJob(run: Run, project: ComposeProject): Promise<void> {
  const url = await project.urlOf('job-service', 8080);
  const cli = await registerByCli(url, 'a password of this run', run.signal);
  run.atEnd(() => cli.close());
  const fields = ['to=ada@example.com', 'subject=Hello'];
  const { code, stderr } = await cli.run('submit', 'email', ...fields, '--wait', '--timeout', '60s');
  if (code !== 0) throw new Error(`a job ended with exit code ${code}: ${stderr}`);
}
