import { type Check, workersOfQueue } from './situation.ts';
import { counted, listed } from './wording.ts';

export const noWorker: Check = (situation) => {
  const { job, workers, isShared } = situation;
  const own = workersOfQueue(situation);
  if (own.length > 0) {
    const names = listed(own.map(({ name }) => name));
    return {
      code: 'NO_WORKER',
      ok: true,
      message: `${counted(own.length, 'worker')} online for the queue ${job.queue}: ${names}.`,
    };
  }
  const elsewhere = listed(workers.flatMap(({ queues }) => queues));
  return {
    code: 'NO_WORKER',
    ok: false,
    message:
      workers.length === 0
        ? 'No worker is online.'
        : `No worker is online for the queue ${job.queue}; ${counted(workers.length, 'worker')} for others: ${elsewhere}.`,
    ...(isShared
      ? {
          hint: 'Start a worker that takes jobs from this queue.',
          command: `cloudtask worker start --queues ${job.queue}`,
        }
      : {
          hint: `This platform runs its worker itself: start it again with ${job.queue} among its queues (CLOUDTASK_QUEUES, or worker.queues in cloudtask.config.ts).`,
        }),
    verdict: 'blocked',
  };
};
