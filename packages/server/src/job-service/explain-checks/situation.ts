import type { Health } from '@cloudtask/core/broker/broker';
import type { JobRow } from '@cloudtask/core/protocol/job-row';
import type { LiveWorker } from '@cloudtask/core/protocol/live-workers';
import type { QueuePause } from '@cloudtask/core/protocol/queue-pauses';
import type { Explanation, ExplanationCheck, Issue } from '@cloudtask/sdk/contract';
import type { Running } from '../../store/count-running.ts';
import type { JobDetail, LastHandled } from '../../store/explain-queries.ts';

/** Everything that the checks of a job look at, read at one moment. */
export interface Situation {
  job: JobRow;
  detail: JobDetail;
  pause: QueuePause | undefined;
  /** All live workers, of whatever queue. */
  workers: readonly LiveWorker[];
  /** In the slots of the workers of its queue. */
  running: Running;
  /** Jobs that the queue offers before this one, at most `MOST_AHEAD`. */
  ahead: number;
  lastHandled: LastHandled | undefined;
  scheduler: { isSilent: boolean; seenAt: Date | null };
  broker: Health;
  /** Whether workers in other processes can join in. */
  isShared: boolean;
  /** Null: the type has no schema. */
  payloadIssues: readonly Issue[] | null;
}

export interface Finding extends ExplanationCheck {
  /** What it means for the job when it is not ok: `waiting` (the default) ends by itself. */
  verdict?: 'waiting' | 'blocked';
  next?: Explanation['next'];
}

/** Undefined: the question does not arise. */
export type Check = (situation: Situation) => Finding | undefined;

export function workersOfQueue({ workers, job }: Situation): LiveWorker[] {
  return workers.filter(({ queues }) => queues.includes(job.queue));
}

/** The workers that could run the job if they had a slot. */
export function ableWorkers(situation: Situation): LiveWorker[] {
  return workersOfQueue(situation).filter(({ types }) => types.some(({ type }) => type === situation.job.type));
}
