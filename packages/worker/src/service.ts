import type { Broker } from '@cloudtask/core/broker/broker';
import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import type { Registry } from '@cloudtask/core/metrics';
import type { Signals } from '@cloudtask/core/signals/signals';
import type { Handler } from '@cloudtask/sdk/define-handler';
import { builtInHandlers } from './built-in-handlers.ts';
import { loadHandlers } from './load-handlers.ts';
import type { WorkerSettings } from './settings.ts';
import { WorkerLife } from './worker-life.ts';

export interface WorkerParts {
  database: Database;
  broker: Broker;
  signals: Signals;
  clock: Clock;
  logger: Logger;
  registry: Registry;
  settings: WorkerSettings & { databaseUrl?: string | undefined };
  /** Beside those of the settings and the built-in ones. */
  handlers?: readonly Handler[];
  /** This process is a worker and nothing else: it may end itself when a handler blocks it for good. */
  ownsProcess?: boolean;
}

export interface RunningWorker {
  /** The types it runs. */
  readonly types: readonly string[];
  /** Its present id in the database; undefined while it has none. */
  readonly id: number | undefined;
  /** True while its consumers are really subscribed (or paused because all slots are taken) and its lease holds. */
  readonly isConsuming: boolean;
  /** Jobs running now. */
  readonly busy: number;
  /** Lets running jobs end, then gives back what is left; the same promise each time. */
  close(options?: { graceMs?: number }): Promise<void>;
}

/** Starts to consume, claim, run and report. What it was given stays open when it is closed. */
export async function startWorker(parts: WorkerParts): Promise<RunningWorker> {
  const { settings, logger } = parts;
  const handlers = await loadHandlers({
    handlers: parts.handlers ?? [],
    folder: settings.handlersFolder,
    packages: settings.plugins,
    builtIn: builtInHandlers(settings),
  });
  logger.info({ handlers: Array.from(handlers.values(), ({ type, source }) => `${type} (${source})`) }, 'handlers loaded');
  const life = new WorkerLife(parts, handlers);
  await life.start();
  return life;
}
