import type { Job } from '@cloudtask/sdk';
import { EXIT, type ExitCode } from '../errors/exit-codes.ts';

/** Jobs are done when every one of them completed. */
export function exitOfJobs(jobs: readonly Pick<Job, 'status'>[]): ExitCode {
  return jobs.every(({ status }) => status === 'COMPLETED') ? EXIT.done : EXIT.jobFailed;
}
