import type { Settled } from '@cloudtask/sdk/define-handler';
import type { Attempt } from './attempt.ts';
import type { AttemptEnd } from './attempt-end.ts';
import { within } from './within.ts';

/** Tells the handler how its attempt ended, when it wants to know. Never rejects. */
export async function settleHandler(
  { handler, abortKind, job, journal }: Attempt,
  end: AttemptEnd | undefined,
): Promise<void> {
  const { onSettled } = handler;
  if (!onSettled) return;
  const isLast = job.attempt >= job.attemptLimit;
  const settling = (async () => {
    try {
      await onSettled({ outcome: outcomeOf(end, { isLast, abortKind }) });
    } catch (error) {
      journal.log('warn', `onSettled failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  })();
  if (await within(PATIENCE_MS, settling)) return;
  journal.log('warn', `onSettled took longer than ${PATIENCE_MS / 1_000} s and was not waited for`);
}

function outcomeOf(
  end: AttemptEnd | undefined,
  { isLast, abortKind }: { isLast: boolean; abortKind: Attempt['abortKind'] },
): Settled['outcome'] {
  switch (end?.kind) {
    case undefined:
    case 'interrupted':
    case 'snoozed':
      return 'released';
    case 'completed':
      return 'completed';
    case 'failed':
      if (abortKind === 'cancelled') return 'cancelled';
      return end.retryable && !isLast ? 'retrying' : 'failed';
  }
}

const PATIENCE_MS = 5_000;
