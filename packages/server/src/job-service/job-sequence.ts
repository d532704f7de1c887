import { type JobRow, toJob } from '@cloudtask/core/protocol/job-row';
import type { Job, JobEvent, JobStatus } from '@cloudtask/sdk/contract';
import type { JobLog, JobLogEvent, JobProgressEvent } from '@cloudtask/sdk/live-contract';
import type { EntryPlace, EntryRow, LogRow } from '../store/job-journal.ts';

/**
 * A place in a job's life: it grows with every change and every entry of a journal, so that a stream can go on where it
 * stopped, at any server. The fence grows with each attempt; within one a job runs, and says things that are numbered
 * from 1, then waits for a time, then for a worker, or ends.
 */
export interface Place {
  fence: number;
  step: number;
  /** 0 for a status. */
  n: number;
}

/** Before everything that a job ever did. */
export const BEGINNING: Place = { fence: 0, step: 0, n: 0 };

const RUNNING = 1;
const STEPS: Record<JobStatus, number> = {
  RUNNING,
  SCHEDULED: 2,
  RETRYING: 2,
  PENDING: 3,
  COMPLETED: 4,
  FAILED: 4,
  CANCELLED: 4,
  EXPIRED: 4,
};

export function placeOf({ fence, status }: { fence: number; status: JobStatus }): Place {
  return { fence, step: STEPS[status], n: 0 };
}

/** The place from which a state is news, and what came before it is not. */
export function justBefore(place: Place): Place {
  return { ...place, n: place.n - 1 };
}

export function placeOfEntry({ fence, n }: EntryPlace): Place {
  return { fence, step: RUNNING, n };
}

/** Entries after this one are news at a place: none of an attempt that has ended there. */
export function lastEntryAt({ fence, step, n }: Place): EntryPlace {
  return { fence, n: step > RUNNING ? MAX_N : n };
}

export function isAfter(a: Place, b: Place | undefined): boolean {
  if (b === undefined) return true;
  if (a.fence !== b.fence) return a.fence > b.fence;
  return a.step === b.step ? a.n > b.n : a.step > b.step;
}

function toSequence({ fence, step, n }: Place): string {
  return n === 0 ? `${fence}.${step}` : `${fence}.${step}.${n}`;
}

export function parseSequence(text: string | undefined): Place | undefined {
  const [, fence, step, n = 0] = /^(\d{1,9})\.([1-4])(?:\.(\d{1,9}))?$/.exec(text ?? '') ?? [];
  return fence === undefined ? undefined : { fence: Number(fence), step: Number(step), n: Number(n) };
}

export function toEvent(row: JobRow): JobEvent {
  const job: Job = toJob(row);
  return { seq: toSequence(placeOf(row)), at: job.updatedAt, jobId: job.id, kind: 'status', status: job.status, job };
}

export function toEntryEvent(jobId: string, row: EntryRow): JobLogEvent | JobProgressEvent {
  if (row.level !== null) return { ...toLog(row), jobId, kind: 'log' };
  const { at, percent, message, data } = row;
  const seq = toSequence(placeOfEntry(row));
  return { seq, at: at.toISOString(), jobId, kind: 'progress', percent, message, data };
}

export function toLog({ fence, n, at, attempt, level, message, fields }: LogRow): JobLog {
  return { seq: toSequence(placeOfEntry({ fence, n })), at: at.toISOString(), attempt, level, message, fields };
}

/** More entries than any attempt makes. */
const MAX_N = 2 ** 31 - 1;
