import { readSettings } from '@cloudtask/core/config';
import { type Logger, silentLogger } from '@cloudtask/core/logger';
import { openPlatform, type Platform } from '@cloudtask/core/open-platform';
import { sharedSettings } from '@cloudtask/core/shared-settings';
import type { Duration } from '@cloudtask/sdk/contract';
import type { Handler } from '@cloudtask/sdk/define-handler';
import { parseDuration } from '@cloudtask/sdk/duration';
import { startWorker } from './service.ts';
import { workerSettings } from './settings.ts';
import type { RunningWorker } from './worker-life.ts';

export interface WorkerOptions {
  handlers: readonly Handler[];
  /** `postgres://…`; where the server keeps its jobs. */
  database: string;
  /** `amqp://…` */
  broker: string;
  /** `redis://…`; without it a cancel takes up to 5 s to reach a running job. */
  signals?: string;
  /** Jobs at a time, beside those of queues that have slots of their own. Default 50. */
  concurrency?: number;
  /**
   * The queues to take jobs from. Default `['default']`. With `{ mail: { concurrency: 5 } }`, or `['default', 'mail:5']`, a queue has slots of its
   * own: other queues, however full, take none of them.
   */
  queues?: readonly string[] | Readonly<Record<string, { concurrency: number }>>;
  name?: string;
  queuePrefix?: string;
  /** Default: silent. */
  logger?: Logger;
}

/** A worker inside a program of yours, for its handlers alone. It installs no signal handlers: call `stop` when your program ends. */
export interface EmbeddableWorker extends AsyncDisposable {
  /** Resolves when it consumes. */
  start(): Promise<void>;
  /** Lets running jobs end within the grace, then gives them back. Default 25 s. */
  stop(options?: { grace?: Duration }): Promise<void>;
}

export function createWorker(options: WorkerOptions): EmbeddableWorker {
  const { logger = silentLogger } = options;
  const values = readSettings({ ...sharedSettings, ...workerSettings }, { flags: flagsOf(options), env: {} });
  let started: Promise<{ platform: Platform; worker: RunningWorker }> | undefined;

  async function open() {
    const platform = await openPlatform(values, { service: 'worker', logger });
    try {
      const { handlers } = options;
      const worker = await startWorker({ ...platform, settings: values, handlers, offersBuiltIn: false });
      return { platform, worker };
    } catch (error) {
      await platform.close();
      throw error;
    }
  }

  async function stop({ grace }: { grace?: Duration } = {}): Promise<void> {
    const running = await started?.catch(() => undefined);
    await running?.worker.close(grace === undefined ? {} : { graceMs: parseDuration(grace) });
    await running?.platform.close();
  }

  return {
    async start() {
      started ??= open();
      await started;
    },
    stop,
    [Symbol.asyncDispose]: () => stop(),
  };
}

function queuesOf(queues: NonNullable<WorkerOptions['queues']>): readonly string[] {
  if (isList(queues)) return queues;
  return Object.entries(queues).map(([queue, { concurrency }]) => `${queue}:${concurrency}`);
}

// `Array.isArray` does not see that a readonly list is one.
function isList(queues: NonNullable<WorkerOptions['queues']>): queues is readonly string[] {
  return Array.isArray(queues);
}

function flagsOf(options: WorkerOptions): Record<string, string | undefined> {
  return {
    [sharedSettings.databaseUrl.flag]: options.database,
    [sharedSettings.brokerUrl.flag]: options.broker,
    [sharedSettings.signalsUrl.flag]: options.signals ?? 'memory:',
    [sharedSettings.queuePrefix.flag]: options.queuePrefix,
    [workerSettings.concurrency.flag]: options.concurrency?.toString(),
    [workerSettings.queues.flag]: options.queues && queuesOf(options.queues).join(','),
    [workerSettings.workerName.flag]: options.name,
  };
}
