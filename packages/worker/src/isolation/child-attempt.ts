import type { Clock } from '@cloudtask/core/clock';
import { Attempt } from '../attempt.ts';
import type { AttemptJournal } from '../attempt-journal.ts';
import type { LoadedHandler } from '../load-handlers.ts';
import type { ChildRun } from './child-messages.ts';

/** The attempt as the child knows it, for the same context that handlers have in the worker. */
export function childAttempt(
  { job, traceparent, elapsedMs }: ChildRun,
  handler: LoadedHandler,
  journal: AttemptJournal,
): Attempt {
  const whole = { ...job, userId: '', fence: 0 };
  const attempt = new Attempt(whole, NO_CLAIM, handler, performance.now() - elapsedMs);
  attempt.journal = journal;
  attempt.traceparent = traceparent;
  return attempt;
}

const NO_CLAIM = { token: '', workerId: 0, unsettled: 1 };

/** The clock of the worker, whose deadlines these are. */
export function clockOf({ clockOffsetMs }: { clockOffsetMs: number }): Clock {
  return { now: () => Date.now() + clockOffsetMs };
}
