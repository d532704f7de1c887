import type { Job, JobStatus } from '@cloudtask/sdk/contract';

/** What happened to a job at one moment. */
export interface Step {
  at: string;
  status: JobStatus;
  attempt: number;
  maxAttempts: number;
  /** How long the attempt took that ended here. */
  tookMs: number | null;
  /** Why it ended badly. */
  error: string | null;
  /** How long until the next attempt. */
  nextInMs: number | null;
  worker: string | null;
}

/** A job and all that was seen of it so far. The value that every renderer draws. */
export interface JobTimeline {
  job: Job;
  steps: readonly Step[];
}

/** The timeline after this state of the job; the same one when nothing happened. */
export function advance(timeline: JobTimeline | undefined, job: Job): JobTimeline {
  const before = timeline?.job;
  const isNews = before === undefined || before.status !== job.status || before.attempt !== job.attempt;
  if (!isNews && before.updatedAt === job.updatedAt) return timeline as JobTimeline;
  return { job, steps: isNews ? [...(timeline?.steps ?? []), stepOf(job)] : (timeline?.steps ?? []) };
}

export function latestStep({ steps }: JobTimeline): Step {
  return steps[steps.length - 1] as Step;
}

function stepOf(job: Job): Step {
  const { status, attempt, maxAttempts, updatedAt, finishedAt, startedAt, nextAttemptAt, runAt } = job;
  const endedAt = status === 'RETRYING' ? updatedAt : finishedAt;
  const nextAt = status === 'RETRYING' ? nextAttemptAt : status === 'SCHEDULED' ? (nextAttemptAt ?? runAt) : null;
  return {
    at: updatedAt,
    status,
    attempt,
    maxAttempts,
    tookMs: startedAt !== null && endedAt !== null ? between(startedAt, endedAt) : null,
    error: status === 'RETRYING' || status === 'FAILED' ? errorText(job) : null,
    nextInMs: nextAt === null ? null : between(updatedAt, nextAt),
    worker: status === 'RUNNING' ? (job.worker?.host ?? job.worker?.id ?? null) : null,
  };
}

function errorText({ error, reason }: Job): string | null {
  if (error === null) return reason;
  return error.name === 'Error' || error.name === '' ? error.message : `${error.name}: ${error.message}`;
}

function between(from: string, to: string): number {
  return Math.max(0, Date.parse(to) - Date.parse(from));
}
