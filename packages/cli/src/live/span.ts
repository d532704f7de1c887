import type { Job, JobAttempt } from '@cloudtask/sdk';
import { isFinal } from '@cloudtask/sdk/contract';

/** A stretch of a job's life. Times are milliseconds since 1970; one that goes on has no end. */
export interface Span {
  kind: 'scheduled' | 'pending' | 'attempt' | 'waited';
  /** Of an attempt: its number. */
  attempt: number | null;
  from: number;
  to: number | null;
  /** Of an attempt: how it ended, or that it runs. */
  outcome: JobAttempt['outcome'] | null;
  error: string | null;
  /** Of an attempt: where it ran. */
  worker: string | null;
}

/** The life of a job from what is known of it, oldest first. */
export function spansOf(job: Job, attempts: readonly JobAttempt[]): Span[] {
  const runs = attempts.flatMap((each) => (each.startedAt === null ? [] : [toRun(each, each.startedAt)]));
  // The list may be older than the job: an attempt that has begun meanwhile is known from the job itself.
  if (job.status === 'RUNNING' && job.startedAt !== null && !runs.some(({ to }) => to === null)) {
    const { attempt, startedAt, worker } = job;
    const at = { attempt, from: Date.parse(startedAt), worker: worker && (worker.host || worker.id) };
    runs.push({ ...EMPTY, ...at, kind: 'attempt', outcome: 'running' });
  }
  const spans = beginning(job, runs[0]?.from ?? endOf(job));
  for (const [at, run] of runs.entries()) {
    spans.push(run);
    const next = runs[at + 1]?.from ?? endOf(job);
    const isLast = at === runs.length - 1;
    // An attempt that is the last of a job that has ended is followed by nothing.
    if (run.to !== null && !(isLast && isFinal(job.status)))
      spans.push({ ...EMPTY, kind: 'waited', from: run.to, to: next });
  }
  return spans;
}

const EMPTY = { attempt: null, to: null, outcome: null, error: null, worker: null };

function beginning({ createdAt, runAt }: Job, to: number | null): Span[] {
  const [created, due] = [Date.parse(createdAt), Date.parse(runAt ?? createdAt)];
  if (due <= created) return [{ ...EMPTY, kind: 'pending', from: created, to }];
  const isDue = to === null ? due <= Date.now() : due < to;
  const scheduled: Span = { ...EMPTY, kind: 'scheduled', from: created, to: isDue ? due : to };
  return isDue ? [scheduled, { ...EMPTY, kind: 'pending', from: due, to }] : [scheduled];
}

function endOf({ status, finishedAt, updatedAt }: Job): number | null {
  return isFinal(status) ? Date.parse(finishedAt ?? updatedAt) : null;
}

function toRun({ attempt, endedAt, outcome, error, reason, worker }: JobAttempt, startedAt: string): Span {
  const text =
    error === null
      ? reason
      : error.name === 'Error' || error.name === ''
        ? error.message
        : `${error.name}: ${error.message}`;
  return {
    kind: 'attempt',
    attempt,
    from: Date.parse(startedAt),
    to: endedAt === null ? null : Date.parse(endedAt),
    outcome,
    error: outcome === 'completed' || outcome === 'running' ? null : text,
    worker: worker && (worker.host || worker.id),
  };
}

/** The status whose mark an attempt has that ended so. */
export function outcomeStatus(outcome: Span['outcome']): Job['status'] {
  return OUTCOME_STATUS[outcome ?? 'running'];
}

const OUTCOME_STATUS = {
  running: 'RUNNING',
  completed: 'COMPLETED',
  failed: 'FAILED',
  lost: 'FAILED',
  interrupted: 'RETRYING',
  snoozed: 'SCHEDULED',
  cancelled: 'CANCELLED',
} as const;
