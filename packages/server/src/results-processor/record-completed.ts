import { createBatcher } from '@cloudtask/core/batcher';
import type { Broker, Delivery } from '@cloudtask/core/broker/broker';
import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import {
  COMPLETED_QUEUE,
  type CompletedEvent,
  MAX_EVENTS_PER_MESSAGE,
  MAX_MESSAGE_BYTES,
} from '@cloudtask/core/messages';
import type { Settled } from '@cloudtask/core/protocol/settle';
import { quarantine } from '@cloudtask/core/quarantine';
import { announceSettled, settleOutcomes } from '@cloudtask/core/settle-outcomes';
import type { Signals } from '@cloudtask/core/signals/signals';
import type { ProcessorMetrics } from './metrics.ts';
import { readCompletedEvents } from './read-events.ts';

export interface RecordCompleted {
  database: Database;
  broker: Broker;
  signals: Signals;
  logger: Logger;
  metrics: ProcessorMetrics;
  /** Aborted when the service stops: then nothing is tried again, and what is held goes back to its queue. */
  stopped: AbortSignal;
}

interface Report {
  delivery: Delivery;
  events: CompletedEvent[];
}

/** How long a batch waits before it is tried again while the database is away. */
const RETRY_MS = 250;

/**
 * Stores outcomes: messages that arrive while a statement is in flight are settled together by the next one, and
 * acked after its commit. A crash in between delivers them again; the fence makes the second time a no-op.
 */
export async function recordCompleted(deps: RecordCompleted): Promise<{ subscribed: boolean; close(): Promise<void> }> {
  const { broker } = deps;
  const reports = createBatcher<Report>({
    flush: async (batch) => {
      await storeBatch(deps, batch);
      return batch.map(() => undefined);
    },
    maxItems: 200,
    // Two limits in one number: a batch is full at 500 events or 1 MiB, whichever comes first.
    sizeOf: ({ delivery, events }) =>
      Math.max(events.length / MAX_EVENTS_PER_MESSAGE, delivery.body.length / MAX_MESSAGE_BYTES),
    maxBytes: 1,
  });
  const consumer = await broker.consume(COMPLETED_QUEUE, { prefetch: 200 }, (delivery) => {
    try {
      // Rejects only when the service stops; the delivery then goes back with the consumer.
      reports.add({ delivery, events: readCompletedEvents(delivery.body) }).catch(() => undefined);
    } catch (error) {
      void quarantine(deps, COMPLETED_QUEUE, delivery, error);
    }
  });
  return {
    get subscribed() {
      return consumer.subscribed;
    },
    async close() {
      await consumer.pause();
      await reports.drain();
      await consumer.close();
    },
  };
}

async function storeBatch(deps: RecordCompleted, batch: readonly Report[]): Promise<void> {
  const events = batch.flatMap((report) => report.events);
  for (;;) {
    try {
      const done = deps.metrics.databaseUpdateSeconds.startTimer();
      const settled = await settleOutcomes(deps, events);
      done();
      announceSettled(deps.signals, settled);
      count(deps.metrics, events, settled);
      for (const { delivery } of batch) delivery.ack();
      return;
    } catch (error) {
      if (deps.stopped.aborted) throw error;
      deps.logger.warn({ err: error, messages: batch.length }, 'outcomes wait for the database');
      await pause(RETRY_MS, deps.stopped);
    }
  }
}

function count(metrics: ProcessorMetrics, events: readonly CompletedEvent[], settled: readonly Settled[]): void {
  const updates = new Map<string, number>();
  for (const { status } of settled) updates.set(status, (updates.get(status) ?? 0) + 1);
  for (const [status, times] of updates) metrics.statusUpdates.inc({ status }, times);
  if (events.length > settled.length) metrics.stale.inc(events.length - settled.length);
}

function pause(ms: number, stopped: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stopped.aborted) return resolve();
    const timer = setTimeout(done, ms);
    function done() {
      clearTimeout(timer);
      stopped.removeEventListener('abort', done);
      resolve();
    }
    stopped.addEventListener('abort', done);
  });
}
