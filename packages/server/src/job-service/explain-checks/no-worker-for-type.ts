import { closestName } from '@cloudtask/core/edit-distance';
import type { LiveWorker } from '@cloudtask/core/protocol/live-workers';
import { ableWorkers, type Check, type Situation, workersOfQueue } from './situation.ts';
import { ago, counted, listed } from './wording.ts';

export const noWorkerForType: Check = (situation) => {
  const { job } = situation;
  const own = workersOfQueue(situation);
  if (own.length === 0) return undefined;
  const able = ableWorkers(situation);
  if (able.length > 0) {
    const names = listed(able.map(({ name }) => name));
    return { code: 'NO_WORKER_FOR_TYPE', ok: true, message: `${job.type} is handled by ${names}.` };
  }
  const types = listed(own.flatMap((worker) => worker.types.map(({ type }) => type)).sort());
  return {
    code: 'NO_WORKER_FOR_TYPE',
    ok: false,
    message: `No worker of the queue ${job.queue} handles ${job.type}: ${counted(own.length, 'worker')} there, with handlers of ${types}. ${history(situation)}`,
    hint: hintFor(situation, own),
    ...(situation.isShared && {
      command: `cloudtask worker start --queues ${job.queue} --handlers <folder with ${job.type}>`,
    }),
    verdict: 'blocked',
  };
};

function hintFor({ job, isShared }: Situation, workers: readonly LiveWorker[]): string {
  const handled = workers.flatMap(({ types }) => types.map(({ type }) => type));
  const meant = closestName(job.type, handled);
  if (meant !== undefined) return `Did you mean ${meant}?`;
  if (!isShared) {
    return `Is the type spelled as in its handler? This platform runs its worker itself: start it again with --handlers <folder with ${job.type}>.`;
  }
  return 'Is the type spelled as in its handler, and is the handler deployed to a worker of this queue?';
}

function history({ lastHandled, detail, job }: Situation): string {
  const { registeredAt = null, worker = null, state = null, seenAt = null } = lastHandled ?? {};
  const registered = registeredAt ? ` It was last registered ${ago(registeredAt, detail.now)}.` : '';
  if (worker === null || seenAt === null) return `No worker of late has handled ${job.type}.${registered}`;
  return `The last worker that handled it was ${worker} (${state}), seen ${ago(seenAt, detail.now)}.${registered}`;
}
