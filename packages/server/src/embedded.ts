import { mkdir } from 'node:fs/promises';
import { readSettings, type Sources, type Values } from '@cloudtask/core/config';
import { describeHolder } from '@cloudtask/core/database/directory-lock';
import { readClockAheadMs } from '@cloudtask/core/database/moved-clock';
import { type Logger, silentLogger } from '@cloudtask/core/logger';
import { openPlatform, type Platform } from '@cloudtask/core/open-platform';
import { orphanedWorkers, rescueJobsOf } from '@cloudtask/core/protocol/rescue';
import { type Handler, readWorkerConfiguration, startWorker, type WorkerConfiguration } from '@cloudtask/worker';
import { secretOf } from './embedded-secret.ts';
import { databaseUrlOf, embeddedSettings } from './embedded-settings.ts';
import { timeSkipper } from './embedded-time.ts';
import { startJobService } from './job-service/service.ts';
import { startResultsProcessor } from './results-processor/service.ts';
import { startScheduler } from './scheduler/service.ts';
import { schedulerOptions } from './settings.ts';
import { type NextTimer, readNextTimer } from './store/next-timer.ts';

export type { NextTimer } from './store/next-timer.ts';

/** What the platform in this process is started with. */
export interface EmbeddedOptions {
  /** 0: any free port. Default 8080. */
  port?: number;
  /** Default 127.0.0.1. */
  host?: string;
  /** Holds `db/`, `mail/`, `secret` and `lock`. Default `.cloudtask`. */
  dataDir?: string;
  /** Handlers beside the built-in `email`, `sleep` and `http`. */
  handlers?: readonly Handler[];
  /** E-mail addresses of accounts that are operators. Default none. */
  operators?: readonly string[];
  /** Whether a worker runs in this process. Without one no job runs until another worker is given the platform. Default true. */
  worker?: boolean;
  /** Default: silent. */
  logger?: Logger;
}

/** A platform that runs in this process. `url` is where its API answers. */
export interface Embedded {
  url: string;
  /** What its services stand on, for a worker of one's own. Closed with it. */
  platform: Platform;
  /** How far the time of this folder was ahead of the machine's at the start: it was moved earlier. Milliseconds, usually 0. */
  clockAheadMs: number;
  /** What `skipToNext` would go on to; undefined when nothing waits for a time. */
  nextTimer(): Promise<NextTimer | undefined>;
  /**
   * Moves the platform's time on to the next retry, delayed job or slot of a schedule, and has it looked at. Jobs that run are not
   * touched. The folder keeps its time: it goes on from there at the next start. Rejects on a database that others share.
   */
  skipToNext(): Promise<NextTimer | undefined>;
  /** Lets running jobs end, gives the rest back and frees the folder. Closing twice is fine. */
  close(): Promise<void>;
}

/**
 * The whole platform in this process: the same four services as anywhere, on PGlite and in-process queues.
 * Nothing that was accepted is lost by `kill -9`; starting again on the same directory goes on with it.
 *
 * @example
 * const platform = await startEmbedded({ port: 0, dataDir: '.cloudtask', handlers: [sendEmailHandler] });
 * console.log(platform.url);
 * await platform.close();
 *
 * @throws ConfigurationError for options that cannot be; `DirectoryInUse` while another process has the folder.
 */
export async function startEmbedded(options: EmbeddedOptions = {}): Promise<Embedded> {
  const flags = {
    port: options.port?.toString(),
    host: options.host,
    'data-dir': options.dataDir,
    operators: options.operators?.join(','),
  };
  const values = readSettings(embeddedSettings, { flags, env: {} });
  return await composeEmbedded(values, {
    logger: options.logger ?? silentLogger,
    handlers: options.handlers ?? [],
    worker: options.worker ?? true,
  });
}

/** What the platform needs beside its settings. `logger` gets the lines of all services, `configuration` is what `readConfiguration` gave. */
export interface Compose {
  logger: Logger;
  handlers: readonly Handler[];
  configuration?: WorkerConfiguration | undefined;
  /** Whether a worker runs in this process. Default true. */
  worker?: boolean;
}

/** What `cloudtask.config.ts` gives the worker in this process. */
export async function readConfiguration(sources: Sources): Promise<WorkerConfiguration | undefined> {
  return await readWorkerConfiguration(sources, process.cwd());
}

/** Opens the platform that the settings name and starts all four services on it. */
export async function composeEmbedded(
  values: Values<typeof embeddedSettings>,
  { logger, handlers, configuration, worker = true }: Compose,
): Promise<Embedded> {
  await mkdir(values.dataDir, { recursive: true });
  const databaseUrl = databaseUrlOf(values);
  const platform = await openPlatform({ ...values, databaseUrl }, { service: 'embedded', logger });
  const running: { close(): Promise<void> }[] = [platform];
  let closing: Promise<void> | undefined;
  try {
    await rescueOrphans(platform);
    running.push(await startResultsProcessor(platform));
    const clockAheadMs = await readClockAheadMs(platform.database);
    const scheduler = await startScheduler({ ...platform, ...schedulerOptions(values) });
    running.push(scheduler);
    const settings = { ...values, databaseUrl };
    if (worker) running.push(await startWorker({ ...platform, ...configuration?.parts, settings, handlers }));
    const jwtSecret = values.jwtSecret ?? (await secretOf(values.dataDir));
    const api = await startJobService({ ...platform, settings: { ...values, jwtSecret } });
    running.push(api);
    if (databaseUrl.startsWith('pglite:')) describeHolder(values.dataDir, { url: api.url });
    return {
      url: api.url,
      platform,
      clockAheadMs,
      nextTimer: () => readNextTimer(platform.database),
      skipToNext: timeSkipper({ ...platform, scheduler }),
      close: () => (closing ??= closeInTurn(running)),
    };
  } catch (error) {
    await closeInTurn(running).catch((cause: unknown) => logger.error({ err: cause }, 'closing failed too'));
    throw error;
  }
}

/** The API first, so that nothing new comes in; then the worker, whose last outcomes the results-processor still stores. */
async function closeInTurn(running: { close(): Promise<void> }[]): Promise<void> {
  const errors: unknown[] = [];
  // Whatever fails to close must not leave the directory locked.
  for (const part of running.splice(0).reverse()) await part.close().catch((error: unknown) => errors.push(error));
  if (errors.length > 0) throw errors[0];
}

// The lock on the directory proves that whoever claimed these jobs is gone.
async function rescueOrphans({ database, logger }: Platform): Promise<void> {
  if (database.shared) return;
  for (const worker of await orphanedWorkers(database, null)) {
    const rescued = await rescueJobsOf(database, worker.id);
    if (rescued.length > 0) logger.info({ jobs: rescued.length }, 'jobs of the earlier process go on');
  }
}
