import { readSettings } from '@cloudtask/core/config';
import { silentLogger } from '@cloudtask/core/logger';
import { openPlatform, type Platform } from '@cloudtask/core/open-platform';
import type { Probe } from '@cloudtask/core/probe';
import { sharedSettings } from '@cloudtask/core/shared-settings';
import type { Duration } from '@cloudtask/sdk/contract';
import { parseDuration } from '@cloudtask/sdk/duration';
import type { Attempt } from './attempt.ts';
import type { AttemptEnd } from './attempt-end.ts';
import { queuesText } from './config-file.ts';
import { EventFeed, type WorkerEvent } from './event-feed.ts';
import type { EndKind } from './metrics.ts';
import type { Quota } from './quota.ts';
import { startWorker } from './service.ts';
import { workerSettings } from './settings.ts';
import { untilDone } from './until-done.ts';
import { startWorkerProbe } from './worker-health.ts';
import type { RunningWorker } from './worker-life.ts';
import { handlersOf, pluginsOf, type WorkerOptions } from './worker-options.ts';
import type { WorkerObserver, WorkerParts } from './worker-parts.ts';

/** Before `start` · takes jobs · takes none, those that run go on · stops: `stop` was called or an operator drains it; jobs still run · ended. */
export type WorkerState = 'idle' | 'running' | 'paused' | 'draining' | 'stopped';

/** What became of the jobs that ran when a worker was stopped. */
export interface Stopped {
  /** Attempts that ended by themselves while the worker stopped. */
  completed: number;
  /** Attempts that were given back: their jobs run elsewhere at once, and it counts as no attempt. */
  released: number;
}

/** A job that this worker runs now. */
export interface RunningJob {
  jobId: string;
  type: string;
  attempt: number;
  /** When this worker claimed it. */
  since: Date;
}

/**
 * A worker inside a program of yours, for its handlers alone. It installs no signal handlers unless `shutdown.signals` asks for
 * it: call `stop` when your program ends.
 */
export interface EmbeddableWorker extends AsyncDisposable {
  /** What it does now. */
  readonly state: WorkerState;
  /** The jobs that it runs now. */
  readonly running: readonly RunningJob[];
  /** Where it answers for its health; undefined when it does not. */
  readonly healthPort: number | undefined;
  /** Resolves when it consumes. A worker that has stopped does not start again: make another one. */
  start(): Promise<void>;
  /** Lets running jobs end within the grace, then gives them back. The same answer each time. */
  stop(options?: { grace?: Duration }): Promise<Stopped>;
  /** Takes no more jobs; those that run go on. Whoever calls this can also call `resume`; other workers go on. */
  pause(): void;
  /** Ends a pause. */
  resume(): void;
  /** Starts, waits for the promise, stops; answers or rejects with what the promise did. For scripts and tests. */
  runUntil<Result>(promise: Promise<Result>): Promise<Result>;
  /**
   * Starts, runs what is due now, and stops when nothing more was found for a moment; `processed` attempts ended meanwhile. For
   * cron and CI. It needs no scheduler for jobs that are due already; a retry with a delay is for the next time.
   */
  runOnce(options?: { maxJobs?: number }): Promise<{ processed: number }>;
  /** What happens from now on; ends with the worker or the signal. Who is slow loses all but the newest 1,000. */
  events(options?: { signal?: AbortSignal }): AsyncIterable<WorkerEvent>;
}

/**
 * Makes a worker that runs in this program. It does nothing before `start`, `runUntil` or `runOnce`; it needs PostgreSQL and
 * RabbitMQ, and Redis where a cancel is to be heard at once.
 *
 * @example
 * const worker = createWorker({
 *   handlers: [sendEmailHandler],
 *   database: 'postgres://cloudtask:cloudtask@localhost:5432/cloudtask',
 *   broker: 'amqp://guest:guest@localhost:5672',
 * });
 * await worker.start();
 * process.once('SIGTERM', () => void worker.stop({ grace: '30s' }));
 *
 * @throws ConfigurationError when an option has a value that cannot be; `start` rejects with `HandlersRefused` for handlers that cannot be.
 */
export function createWorker(options: WorkerOptions): EmbeddableWorker {
  const { logger = silentLogger } = options;
  const values = readSettings({ ...sharedSettings, ...workerSettings }, { flags: flagsOf(options), env: {} });
  return new OwnWorker(options, values, () => openPlatform(values, { service: 'worker', logger }));
}

/** Needs no more of its clock than the time. */
type OwnPlatform = Omit<Platform, 'clock'> & Pick<WorkerParts, 'clock'>;

interface Opened {
  platform: OwnPlatform;
  worker: RunningWorker;
  probe: Probe | undefined;
}

/** A worker with the platform that it opens and closes. */
export class OwnWorker implements EmbeddableWorker, WorkerObserver {
  readonly #options: WorkerOptions;
  readonly #settings: WorkerParts['settings'];
  readonly #openPlatform: () => Promise<OwnPlatform>;
  readonly #feed = new EventFeed();
  readonly #stopped = new AbortController();
  readonly #over = new AbortController();
  readonly #running = new Map<Attempt, RunningJob>();
  readonly #quota: Quota = { left: Number.POSITIVE_INFINITY };
  readonly #onSignal = (signal: NodeJS.Signals) => void this.#endProcess(signal);
  #state: WorkerState = 'idle';
  #opening: Promise<Opened> | undefined;
  #opened: Opened | undefined;
  #stopping: Promise<Stopped> | undefined;
  #processed = 0;
  #ends: Stopped = { completed: 0, released: 0 };

  constructor(options: WorkerOptions, settings: WorkerParts['settings'], open: () => Promise<OwnPlatform>) {
    this.#options = options;
    this.#settings = settings;
    this.#openPlatform = open;
  }

  get state(): WorkerState {
    return this.#state;
  }

  get running(): readonly RunningJob[] {
    return [...this.#running.values()];
  }

  get healthPort(): number | undefined {
    return this.#opened?.probe?.port;
  }

  async start(): Promise<void> {
    if (this.#stopping) throw new Error('this worker has stopped: make another one with createWorker()');
    this.#opening ??= this.#open();
    await this.#opening;
  }

  stop({ grace }: { grace?: Duration } = {}): Promise<Stopped> {
    const graceMs = grace === undefined ? undefined : parseDuration(grace);
    this.#stopped.abort();
    this.#stopping ??= this.#stop(graceMs);
    return this.#stopping;
  }

  pause(): void {
    if (this.#state !== 'running') return;
    this.#state = 'paused';
    this.#opened?.worker.pause();
  }

  resume(): void {
    if (this.#state !== 'paused') return;
    this.#state = 'running';
    this.#opened?.worker.resume();
  }

  async runUntil<Result>(promise: Promise<Result>): Promise<Result> {
    // It may reject while the worker still starts, when nobody listens to it yet.
    promise.catch(() => {});
    try {
      await this.start();
      return await promise;
    } finally {
      await this.stop();
    }
  }

  async runOnce({ maxJobs = Number.POSITIVE_INFINITY }: { maxJobs?: number } = {}): Promise<{ processed: number }> {
    if (!(maxJobs >= 1)) throw new RangeError(`maxJobs is ${maxJobs}: use a number from 1`);
    if (this.#opening) throw new Error('runOnce() is for a worker that has not started: make another one');
    this.#quota.left = maxJobs;
    try {
      await this.start();
      const worker = this.#opened?.worker;
      if (worker) {
        await untilDone(worker, { whenQuiet: true, signal: this.#stopped.signal });
        await worker.close({ graceMs: Number.POSITIVE_INFINITY });
      }
    } finally {
      await this.stop();
    }
    return { processed: this.#processed };
  }

  events({ signal }: { signal?: AbortSignal } = {}): AsyncIterable<WorkerEvent> {
    return this.#feed.listen(signal ? AbortSignal.any([signal, this.#over.signal]) : this.#over.signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  claimed(attempt: Attempt): void {
    const { job } = attempt;
    this.#running.set(attempt, { jobId: job.id, type: job.type, attempt: job.attempt, since: new Date() });
    this.#feed.claimed(attempt);
  }

  ended(attempt: Attempt, kind: EndKind, end: AttemptEnd | undefined): void {
    this.#running.delete(attempt);
    this.#processed += 1;
    if (this.#state === 'draining')
      this.#ends[kind === 'interrupted' || kind === 'lost' ? 'released' : 'completed'] += 1;
    this.#feed.ended(attempt, kind, end);
  }

  draining(reason: string | null): void {
    this.#feed.draining(reason);
    this.stop().catch((error: Error) => this.failed(error));
  }

  failed(error: Error): void {
    this.#feed.failed(error);
  }

  async #open(): Promise<Opened> {
    const { services, use, overrides, health, shutdown } = this.#options;
    const handlers = handlersOf(this.#options);
    const platform = await this.#openPlatform();
    let worker: RunningWorker | undefined;
    try {
      worker = await startWorker({
        ...platform,
        settings: this.#settings,
        handlers,
        plugins: pluginsOf(this.#options),
        offersBuiltIn: false,
        quota: this.#quota,
        observer: this,
        ...(overrides && { overrides }),
        ...(services && { services }),
        ...(use && { use }),
      });
      const probe = health ? await startWorkerProbe(platform, worker, { host: '0.0.0.0', ...health }) : undefined;
      for (const signal of shutdown?.signals || []) process.once(signal, this.#onSignal);
      this.#opened = { platform, worker, probe };
      this.#state = 'running';
      return this.#opened;
    } catch (error) {
      await worker?.close({ graceMs: 0 });
      await platform.close();
      throw error;
    }
  }

  async #stop(graceMs: number | undefined): Promise<Stopped> {
    try {
      const opened = await this.#opening?.catch(() => undefined);
      this.#state = 'draining';
      // Said also when none was asked for: it may wait for its last jobs without one.
      await opened?.worker.close({ graceMs: graceMs ?? this.#settings.shutdownGrace });
      await opened?.probe?.close();
      await opened?.platform.close();
    } finally {
      this.#state = 'stopped';
      for (const signal of this.#options.shutdown?.signals || []) process.off(signal, this.#onSignal);
      this.#over.abort();
    }
    return this.#ends;
  }

  /** As the signal would have done without us: the exit code says which it was. A second one does not wait. */
  async #endProcess(signal: NodeJS.Signals): Promise<void> {
    for (const each of this.#options.shutdown?.signals || []) process.off(each, this.#onSignal);
    await this.stop().catch((error: Error) => this.failed(error));
    // Who waited for the end has a turn first.
    setImmediate(() => process.kill(process.pid, signal));
  }
}

function flagsOf(options: WorkerOptions): Record<string, string | undefined> {
  const { shutdown, queues } = options;
  const grace = shutdown?.grace;
  return {
    [sharedSettings.databaseUrl.flag]: options.database,
    [sharedSettings.brokerUrl.flag]: options.broker,
    [sharedSettings.signalsUrl.flag]: options.signals ?? 'memory:',
    [sharedSettings.queuePrefix.flag]: options.queuePrefix,
    [workerSettings.concurrency.flag]: options.concurrency?.toString(),
    [workerSettings.queues.flag]: queues && queuesText(queues),
    [workerSettings.workerName.flag]: options.name,
    [workerSettings.shutdownGrace.flag]: typeof grace === 'number' ? `${grace}ms` : grace,
    [workerSettings.captureConsole.flag]: options.captureConsole?.toString(),
  };
}
