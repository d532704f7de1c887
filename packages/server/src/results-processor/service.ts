import type { Broker } from '@cloudtask/core/broker/broker';
import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import type { Registry } from '@cloudtask/core/metrics';
import type { Signals } from '@cloudtask/core/signals/signals';
import { processorMetrics } from './metrics.ts';
import { recordCompleted } from './record-completed.ts';
import { recordStarted } from './record-started.ts';

export interface ResultsProcessorDeps {
  database: Database;
  broker: Broker;
  signals: Signals;
  logger: Logger;
  registry: Registry;
}

export interface ResultsProcessor {
  /** True while both of its consumers are really subscribed. */
  readonly subscribed: boolean;
  /** Stores what it holds, gives back the rest. Closing twice is fine. */
  close(): Promise<void>;
}

/**
 * Stores what workers report through `jobs.completed`. Any number of replicas may run; none is on the safety path:
 * while all of them are away, workers settle their attempts themselves after a few seconds.
 */
export async function startResultsProcessor(deps: ResultsProcessorDeps): Promise<ResultsProcessor> {
  const stop = new AbortController();
  const metrics = processorMetrics(deps.registry);
  const started = await recordStarted({ ...deps, metrics });
  const completed = await recordCompleted({ ...deps, metrics, stopped: stop.signal });
  let closing: Promise<void> | undefined;

  async function close(): Promise<void> {
    const giveUp = setTimeout(() => stop.abort(), CLOSE_MS);
    await Promise.all([started.close(), completed.close()]);
    clearTimeout(giveUp);
  }

  return {
    get subscribed() {
      return started.subscribed && completed.subscribed;
    },
    close: () => (closing ??= close()),
  };
}

/** While the database is away a batch cannot be stored: after this long it goes back to its queue. */
const CLOSE_MS = 5_000;
