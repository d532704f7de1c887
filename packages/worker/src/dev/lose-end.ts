import type { Platform } from '@cloudtask/core/open-platform';
import { loseAttempt } from '@cloudtask/core/protocol/rescue';
import { announceSettled } from '@cloudtask/core/settle-outcomes';
import type { Attempt } from '../attempt.ts';
import { attemptFields } from '../attempt-fields.ts';

/** Ends an attempt as the scheduler would, had its worker died before it could report. */
export async function loseEnd(
  { database, signals, logger }: Pick<Platform, 'database' | 'signals' | 'logger'>,
  attempt: Attempt,
): Promise<void> {
  const { job, claim } = attempt;
  const { id: jobId, fence, userId } = job;
  try {
    const lost = { jobId, fence, claimToken: claim.token, attempt: job.attempt, userId, workerId: claim.workerId };
    announceSettled(signals, await loseAttempt(database, lost));
  } catch (err) {
    logger.warn({ ...attemptFields(attempt), err }, 'an attempt could not be lost on purpose');
  }
}
