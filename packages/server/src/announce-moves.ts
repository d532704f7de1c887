import type { CancelAnswer } from '@cloudtask/core/protocol/cancel';
import type { SignalNote, Signals } from '@cloudtask/core/signals/signals';

/** Tells watchers and the dispatcher of jobs that a person made wait again. */
export function announceRetried(signals: Signals, jobs: readonly (SignalNote & { queue: string })[]): void {
  if (jobs.length === 0) return;
  const queues = Array.from(new Set(jobs.map(({ queue }) => queue)), (id) => ({ id }));
  signals.ring('backlog', queues);
  signals.ring('jobs', jobs.map(toNote));
}

/** Tells watchers what was cancelled, and workers what they are to stop. */
export function announceCancelled(signals: Signals, jobs: readonly (SignalNote & { answer: CancelAnswer })[]): void {
  const running = jobs.filter(({ answer }) => answer === 'requested');
  if (running.length > 0) signals.ring('cancels', running.map(toNote));
  const changed = jobs.filter(({ answer }) => answer === 'requested' || answer === 'cancelled');
  if (changed.length > 0) signals.ring('jobs', changed.map(toNote));
}

const toNote = ({ id, userId }: SignalNote): SignalNote => ({ id, userId });
