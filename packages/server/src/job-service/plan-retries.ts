import { backoffDelayMs, type ResolvedBackoff } from '@cloudtask/core/backoff';
import type { JobRow } from '@cloudtask/core/protocol/job-row';
import { isFinal, type PlannedAttempt } from '@cloudtask/sdk/contract';

type Planned = Pick<JobRow, 'status' | 'failures' | 'losses' | 'attemptLimit' | 'nextAt'>;

/**
 * The attempts that a job has left. Each real delay is between a half of the planned one and all of it, and the attempt
 * before it takes its time too: the plan says how the delays grow, and when at the latest one that fails at once gives up.
 */
export function planRetries(
  { status, failures, losses, attemptLimit, nextAt }: Planned,
  { now, policy }: { now: Date; policy: ResolvedBackoff },
): PlannedAttempt[] {
  if (isFinal(status)) return [];
  const isRunning = status === 'RUNNING';
  let at = Math.max(now.getTime(), nextAt?.getTime() ?? 0);
  const plan: PlannedAttempt[] = [];
  for (let failed = failures; failed + losses < attemptLimit; failed += 1) {
    const delayMs = failed === failures ? 0 : backoffDelayMs(policy, failed, LONGEST);
    at += delayMs;
    plan.push({ attempt: failed + losses + 1, at: new Date(at).toISOString(), delayMs });
  }
  return isRunning ? plan.slice(1) : plan;
}

/** The random part of a delay at its greatest. */
const LONGEST = 1;
