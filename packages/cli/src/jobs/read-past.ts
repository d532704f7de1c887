import type { CloudTask, Job } from '@cloudtask/sdk';
import type { JobPast } from '../views/job-details.ts';
import { lastStack } from './last-stack.ts';

/** The server's own limit for a page. */
const MAX_PAGE = 1_000;

/** What a person sees of a job beside the job. */
export async function readPast(ct: CloudTask, job: Job): Promise<JobPast> {
  const [attempts, stack] = await Promise.all([readAttempts(ct, job.id), lastStack(ct, job)]);
  return { attempts, stack };
}

export async function readAttempts(ct: CloudTask, id: string): Promise<JobPast['attempts']> {
  return await ct.jobs.attempts(id, { limit: MAX_PAGE }).toArray({ limit: Number.POSITIVE_INFINITY });
}
