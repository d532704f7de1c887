import type { Database } from '@cloudtask/core/database/database';
import { retryTransient } from '@cloudtask/core/database/retry';
import { isSqlError } from '@cloudtask/core/database/sql-error';
import type { Logger } from '@cloudtask/core/logger';
import { type CompletedEvent, MAX_EVENTS_PER_MESSAGE, MAX_MESSAGE_BYTES } from '@cloudtask/core/messages';
import { type Settled, settleAttempts } from '@cloudtask/core/protocol/settle';
import type { Signals } from '@cloudtask/core/signals/signals';
import type { PendingOutcome } from './pending-outcomes.ts';

export interface SettleDirectly {
  database: Database;
  signals: Signals;
  logger: Logger;
}

/**
 * Settles outcomes in the database with the statement that the results-processor uses: for when it, or the broker, is
 * away. Harmless if they were settled in the meantime. Rejects with `DatabaseUnavailable`; then all may be repeated.
 */
export async function settleDirectly(deps: SettleDirectly, outcomes: readonly PendingOutcome[]): Promise<void> {
  const events = outcomes.map(({ text }) => JSON.parse(text) as CompletedEvent);
  try {
    ring(deps.signals, await settle(deps, events));
  } catch (error) {
    if (!isRefused(error)) throw error;
    for (const event of events) await settleOne(deps, event);
  }
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

async function settle({ database }: SettleDirectly, events: readonly CompletedEvent[]): Promise<Settled[]> {
  return await retryTransient(() => settleAttempts(database, events));
}

// One row that PostgreSQL refuses must not fail its batch-mates; its own job still has to end.
async function settleOne(deps: SettleDirectly, event: CompletedEvent): Promise<void> {
  for (const candidate of [event, { ...event, outcome: NOT_STORABLE }]) {
    try {
      ring(deps.signals, await settle(deps, [candidate]));
      return;
    } catch (error) {
      if (!isRefused(error)) throw error;
      deps.logger.error({ err: error, jobId: event.jobId }, 'the database refused an outcome');
    }
  }
}

/** A value that PostgreSQL cannot hold (22…) or a rule that forbids it (23…): trying again would not help. */
function isRefused(error: unknown): boolean {
  return isSqlError(error, '22', '23');
}

function ring(signals: Signals, settled: readonly Settled[]): void {
  if (settled.length === 0) return;
  signals.ring(
    'jobs',
    settled.map(({ id, userId }) => ({ id, userId })),
  );
  const waiting = new Set(settled.filter(({ status }) => status === 'PENDING').map(({ queue }) => queue));
  if (waiting.size > 0)
    signals.ring(
      'backlog',
      Array.from(waiting, (id) => ({ id })),
    );
}

const NOT_STORABLE: CompletedEvent['outcome'] = {
  kind: 'failed',
  reason: 'RESULT_NOT_STORABLE',
  name: 'ResultNotStorable',
  message: 'the database refused what the handler returned or threw',
  retryable: false,
  retryDelayMs: 0,
};
