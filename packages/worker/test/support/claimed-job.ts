import type { ClaimedJob } from '@cloudtask/core/protocol/claim';
import { USER } from './test-platform.ts';

/** A job as a claim returns it. */
export function claimedJob(job: Partial<ClaimedJob> = {}): ClaimedJob {
  return {
    id: '00000000-0000-7000-8000-00000000000a',
    fence: 1,
    userId: USER,
    type: 'any',
    queue: 'default',
    payload: null,
    attempt: 1,
    maxAttempts: 5,
    attemptLimit: 5,
    losses: 0,
    timeoutMs: 900_000,
    createdAtMs: Date.now(),
    extras: null,
    ...job,
  };
}
