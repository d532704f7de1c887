import type { Job } from '@cloudtask/sdk/contract';

/** An accepted job, with the warning that no live worker runs it. */
export function warnOfNoWorker(job: Job): Job {
  const { type, queue } = job;
  const message = `No live worker handles ${JSON.stringify(type)} in queue ${JSON.stringify(queue)}; the job waits for one.`;
  return { ...job, warnings: [{ code: 'NO_WORKER', message }] };
}
