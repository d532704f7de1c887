import type { Broker } from './broker/broker.ts';
import type { Queryable } from './database/database.ts';
import { retryTransient } from './database/retry.ts';
import { isSqlError } from './database/sql-error.ts';
import type { Logger } from './logger.ts';
import type { CompletedEvent } from './messages.ts';
import { noteLateResults } from './protocol/late-results.ts';
import { type Settled, settleAttempts } from './protocol/settle.ts';
import type { Signals } from './signals/signals.ts';
import { recordSettle } from './tracing/settle-spans.ts';
import { traceIdOf } from './tracing/traceparent.ts';

export interface SettleOutcomes {
  database: Queryable;
  /** Its name stands in traces. */
  broker: Pick<Broker, 'system'>;
  logger: Logger;
}

/**
 * Settles what workers reported. An outcome that the database cannot hold ends its own job `RESULT_NOT_STORABLE` and
 * harms no other. Any other error is the caller's: then all of it may be settled again, by anybody.
 */
export async function settleOutcomes(deps: SettleOutcomes, events: readonly CompletedEvent[]): Promise<Settled[]> {
  const startedAt = Date.now();
  const settled = await settleTogether(deps, events);
  recordSettle({ system: deps.broker.system, attempts: events, settled, startedAt });
  if (settled.length < events.length) await noteLate(deps, events);
  return settled;
}

async function settleTogether(deps: SettleOutcomes, events: readonly CompletedEvent[]): Promise<Settled[]> {
  try {
    return await settle(deps, events);
  } catch (error) {
    if (!isRefused(error)) throw error;
  }
  const settled: Settled[] = [];
  for (const event of events) settled.push(...(await settleOne(deps, event)));
  return settled;
}

/**
 * Of what changed nothing: successes that came too late are worth a note, repeated reports are not. Only a note: what was
 * settled is committed by now, and who settled it must hear so.
 */
async function noteLate({ database, logger }: SettleOutcomes, events: readonly CompletedEvent[]): Promise<void> {
  const successes = events.filter(({ outcome }) => outcome.kind === 'completed');
  try {
    await retryTransient(() => noteLateResults(database, successes));
  } catch (error) {
    logger.warn({ err: error }, 'results that came too late were not noted');
  }
}

/** Tells watchers and the dispatcher what was settled. */
export function announceSettled(signals: Signals, settled: readonly Settled[]): void {
  if (settled.length === 0) return;
  const notes = settled.map(({ id, userId }) => ({ id, userId }));
  signals.ring('jobs', notes);
  const waiting = new Set(settled.flatMap(({ queue }) => (queue ? [queue] : [])));
  if (waiting.size === 0) return;
  const queues = Array.from(waiting, (id) => ({ id }));
  signals.ring('backlog', queues);
}

function settle({ database }: SettleOutcomes, events: readonly CompletedEvent[]): Promise<Settled[]> {
  return retryTransient(() => settleAttempts(database, events));
}

// First as it was reported, then as a failure that says so; nothing of what was reported is in the second.
async function settleOne(deps: SettleOutcomes, event: CompletedEvent): Promise<Settled[]> {
  for (const candidate of [event, { ...event, outcome: NOT_STORABLE }]) {
    try {
      return await settle(deps, [candidate]);
    } catch (error) {
      if (!isRefused(error)) throw error;
      const { jobId, attempt, traceparent } = event;
      const about = { jobId, attempt, traceId: traceIdOf(traceparent) };
      deps.logger.error({ err: error, ...about }, 'the database refused an outcome');
    }
  }
  return [];
}

/**
 * A value that PostgreSQL cannot hold (22…), a rule that forbids it (23…), or one too deep to be written as JSON again
 * (RangeError, or 54001 from the database): trying again would not help.
 */
function isRefused(error: unknown): boolean {
  return isSqlError(error, '22', '23', '54001') || error instanceof RangeError;
}

const NOT_STORABLE: CompletedEvent['outcome'] = {
  kind: 'failed',
  reason: 'RESULT_NOT_STORABLE',
  name: 'ResultNotStorable',
  message: 'the database refused what the handler returned or threw',
  retryable: false,
  retryDelayMs: 0,
};
