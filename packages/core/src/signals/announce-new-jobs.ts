import type { Signals } from './signals.ts';

/** Tells watchers of new jobs, and the dispatcher where they wait. */
export function announceNewJobs(
  signals: Signals,
  jobs: readonly { id: string; userId: string; queue: string }[],
): void {
  if (jobs.length === 0) return;
  signals.ring(
    'jobs',
    jobs.map(({ id, userId }) => ({ id, userId })),
  );
  signals.ring(
    'backlog',
    Array.from(new Set(jobs.map(({ queue }) => queue)), (id) => ({ id })),
  );
}
