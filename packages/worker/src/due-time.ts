import type { ClaimedJob } from '@cloudtask/core/protocol/claim';

/** Since when a job has waited for this attempt, in epoch milliseconds; undefined when nobody knows any more. */
export function dueTimeOf({ fence, createdAtMs, extras }: Pick<ClaimedJob, 'fence' | 'createdAtMs' | 'extras'>) {
  if (extras?.dueAt != null) return Math.max(createdAtMs, Date.parse(extras.dueAt));
  return fence === 1 ? createdAtMs : undefined;
}
