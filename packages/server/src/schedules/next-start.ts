import type { OnOverlap } from '@cloudtask/sdk/schedules-contract';

/** Whether a new job of a schedule may start beside its last one. `cancelling`: when that is cancelled first. */
export type NextStart = 'free' | 'cancelling' | 'refused';

/** `isLastJobOver`: it ended, however it ended, or there is none any more. */
export function nextStart(onOverlap: OnOverlap, isLastJobOver: boolean): NextStart {
  if (isLastJobOver || onOverlap === 'allow') return 'free';
  return onOverlap === 'cancel' ? 'cancelling' : 'refused';
}
