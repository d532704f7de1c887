import type { Job, JobEvent, JobStatus } from '@cloudtask/sdk/contract';
import { type JobRow, toJob } from '../store/job-row.ts';

/**
 * The place of a state in a job's life: it grows with every change, so that a stream can go on where it stopped.
 * The fence grows with each attempt; within one a job runs, then waits for a time, then for a worker, or ends.
 */
export interface Place {
  fence: number;
  step: number;
}

const STEPS: Record<JobStatus, number> = {
  RUNNING: 1,
  SCHEDULED: 2,
  RETRYING: 2,
  PENDING: 3,
  COMPLETED: 4,
  FAILED: 4,
  CANCELLED: 4,
  EXPIRED: 4,
};

export function placeOf({ fence, status }: { fence: number; status: JobStatus }): Place {
  return { fence, step: STEPS[status] };
}

export function isAfter(a: Place, b: Place | undefined): boolean {
  if (b === undefined) return true;
  return a.fence === b.fence ? a.step > b.step : a.fence > b.fence;
}

function toSequence({ fence, step }: Place): string {
  return `${fence}.${step}`;
}

export function parseSequence(text: string | undefined): Place | undefined {
  const [, fence, step] = /^(\d{1,9})\.([1-4])$/.exec(text ?? '') ?? [];
  return fence === undefined ? undefined : { fence: Number(fence), step: Number(step) };
}

export function toEvent(row: JobRow): JobEvent {
  const job: Job = toJob(row);
  return { seq: toSequence(placeOf(row)), at: job.updatedAt, jobId: job.id, kind: 'status', status: job.status, job };
}
