import { brokerAway } from './broker-away.ts';
import { finished } from './finished.ts';
import { noWorker } from './no-worker.ts';
import { noWorkerForType } from './no-worker-for-type.ts';
import { notDue } from './not-due.ts';
import { payloadMisfit } from './payload-misfit.ts';
import { queuePaused } from './queue-paused.ts';
import { retryBackoff } from './retry-backoff.ts';
import { schedulerSilent } from './scheduler-silent.ts';
import type { Check } from './situation.ts';
import { slotsBusy } from './slots-busy.ts';
import { workerDeaf } from './worker-deaf.ts';
import { workerLost } from './worker-lost.ts';

/** In the order in which they matter: while an earlier one holds a job, nothing that a later one finds is its reason. */
export const CHECKS: readonly Check[] = [
  finished,
  queuePaused,
  notDue,
  retryBackoff,
  noWorker,
  noWorkerForType,
  slotsBusy,
  workerDeaf,
  brokerAway,
  schedulerSilent,
  workerLost,
  payloadMisfit,
];
