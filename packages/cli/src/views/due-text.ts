import type { Job } from '@cloudtask/sdk/contract';
import { formatDuration } from './time.ts';

/** ` in 42s` for a job that waits for its next attempt or for its time; nothing for others. */
export function dueText({ status, nextAttemptAt, runAt }: Job, now: number): string {
  const at = status === 'RETRYING' ? nextAttemptAt : status === 'SCHEDULED' ? (nextAttemptAt ?? runAt) : null;
  return at === null ? '' : ` in ${formatDuration(Math.max(0, Date.parse(at) - now))}`;
}
