import { backoffDelayMs } from '@cloudtask/core/backoff';
import type { Queryable } from '@cloudtask/core/database/database';
import type { CompletedEvent } from '@cloudtask/core/messages';
import { readRetryPolicy } from '@cloudtask/core/protocol/retry-policy';
import type { RunRecord } from './watched-handlers.ts';

export interface RetellDeps {
  runs: RunRecord;
  redeliver: boolean;
  database(): Queryable;
}

/** `backoffDelayMs` takes its random number from [0, 1): this one gives the policy's own delay, the longest there is. */
const WITHOUT_JITTER = 1;

/**
 * Takes chance out of retries, and puts the worst luck in: with `redeliver` the first success of a job does not arrive.
 * The job is given back instead, as by a worker that has to stop, and is run again.
 */
export function endRetelling({
  runs,
  redeliver,
  database,
}: RetellDeps): (event: CompletedEvent) => Promise<CompletedEvent> {
  const lost = new Set<string>();

  async function withoutJitter(event: CompletedEvent): Promise<CompletedEvent> {
    const { outcome, jobId, attempt } = event;
    if (outcome.kind !== 'failed' || !outcome.retryable || runs.ownDelay.has(jobId)) return event;
    const policy = await readRetryPolicy(database(), jobId);
    if (!policy) return event;
    const failures = Math.max(1, attempt - policy.earlierAttempts);
    return {
      ...event,
      outcome: { ...outcome, retryDelayMs: backoffDelayMs(policy.backoff, failures, WITHOUT_JITTER) },
    };
  }

  return async (event) => {
    const { jobId, outcome } = event;
    const isToBeLost = redeliver && outcome.kind === 'completed' && !runs.onlyOnce.has(jobId) && !lost.has(jobId);
    if (!isToBeLost) return await withoutJitter(event);
    lost.add(jobId);
    return { ...event, outcome: { kind: 'interrupted', started: true } };
  };
}
