import type { Job, JobAttempt, JobProgress, JobStreamEvent } from '@cloudtask/sdk';
import { isFinal } from '@cloudtask/sdk/contract';

/** What is known of the jobs that are watched; a value that every view draws. */
export interface WatchedJobs {
  /** In the order in which they were first seen. */
  jobs: ReadonlyMap<string, Job>;
  /** How the attempts of a job ended, for those that were asked for. */
  attempts: ReadonlyMap<string, readonly JobAttempt[]>;
  /** Jobs that have ended and are no longer held, by status: an open watch must not grow for ever. */
  gone: Readonly<Partial<Record<Job['status'], number>>>;
}

export const NO_JOBS: WatchedJobs = { jobs: new Map(), attempts: new Map(), gone: {} };

/** More jobs than this are not held; no screen shows so many. */
const MOST_JOBS = 2_000;

/** What is known after this event; the same value when it tells nothing of this kind. */
export function seeEvent(watched: WatchedJobs, event: JobStreamEvent): WatchedJobs {
  if (event.kind === 'log') return watched;
  const before = watched.jobs.get(event.jobId);
  if (event.kind === 'progress') {
    if (!before) return watched;
    const { percent, message, data } = event;
    const progress: JobProgress = { percent, message, data };
    return withJob(watched, { ...before, progress });
  }
  return withoutOldest(withJob(watched, event.job));
}

export function seeAttempts(watched: WatchedJobs, id: string, attempts: readonly JobAttempt[]): WatchedJobs {
  return { ...watched, attempts: new Map(watched.attempts).set(id, attempts) };
}

/** How many jobs have each status, those that are no longer held too. */
export function countByStatus({ jobs, gone }: WatchedJobs): Map<Job['status'], number> {
  const counts = new Map(Object.entries(gone) as [Job['status'], number][]);
  for (const { status } of jobs.values()) counts.set(status, (counts.get(status) ?? 0) + 1);
  return counts;
}

function withJob(watched: WatchedJobs, job: Job): WatchedJobs {
  return { ...watched, jobs: new Map(watched.jobs).set(job.id, job) };
}

function withoutOldest(watched: WatchedJobs): WatchedJobs {
  if (watched.jobs.size <= MOST_JOBS) return watched;
  const oldest = [...watched.jobs.values()].find(({ status }) => isFinal(status));
  if (!oldest) return watched;
  const jobs = new Map(watched.jobs);
  jobs.delete(oldest.id);
  const gone = { ...watched.gone, [oldest.status]: (watched.gone[oldest.status] ?? 0) + 1 };
  return { ...watched, jobs, gone };
}
