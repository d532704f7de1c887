import type { Broker } from '@cloudtask/core/broker/broker';
import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import { type CompletedEvent, MAX_EVENTS_PER_MESSAGE, MAX_MESSAGE_BYTES } from '@cloudtask/core/messages';
import { announceSettled, settleOutcomes } from '@cloudtask/core/settle-outcomes';
import type { Signals } from '@cloudtask/core/signals/signals';
import type { PendingOutcome } from './pending-outcomes.ts';

export interface SettleDirectly {
  database: Database;
  broker: Pick<Broker, 'system'>;
  signals: Signals;
  logger: Logger;
}

/**
 * Settles outcomes in the database as the results-processor does: for when it, or the broker, is away. Harmless if they
 * were settled in the meantime. Rejects with `DatabaseUnavailable`; then all may be repeated.
 */
export async function settleDirectly(deps: SettleDirectly, outcomes: readonly PendingOutcome[]): Promise<void> {
  const events = outcomes.map(({ text }) => JSON.parse(text) as CompletedEvent);
  announceSettled(deps.signals, await settleOutcomes(deps, events));
}

/** As much as one statement should get. */
export function takeBatch(queue: PendingOutcome[]): PendingOutcome[] {
  let bytes = 0;
  let count = 0;
  for (const { text } of queue) {
    bytes += text.length;
    if (count === MAX_EVENTS_PER_MESSAGE || (count > 0 && bytes > MAX_MESSAGE_BYTES)) break;
    count += 1;
  }
  return queue.splice(0, count);
}
