import type { Job } from '@cloudtask/sdk';

/** Below this a percentage says too little about the rest. */
const LEAST_PERCENT = 3;
const LEAST_MS = 1_000;

/** How long the attempt that runs will still take if it goes on as fast as so far; null where nobody can know. */
export function timeLeftMs({ status, startedAt, progress }: Job, now: number): number | null {
  const percent = progress?.percent ?? null;
  if (status !== 'RUNNING' || startedAt === null || percent === null) return null;
  const runningMs = now - Date.parse(startedAt);
  if (percent < LEAST_PERCENT || percent >= 100 || runningMs < LEAST_MS) return null;
  return (runningMs * (100 - percent)) / percent;
}
