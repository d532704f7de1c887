import { setTimeout as pause } from 'node:timers/promises';
import { lanesOf, totalSlots } from '@cloudtask/core/protocol/live-workers';
import { isAnyJobReady } from '@cloudtask/core/protocol/ready-job';
import { setWorkerState } from '@cloudtask/core/protocol/workers';
import type { Listener, SignalChannel } from '@cloudtask/core/signals/signals';
import { recordedTraceIdOf } from '@cloudtask/core/tracing/traceparent';
import type { Attempt } from './attempt.ts';
import type { AttemptEnd } from './attempt-end.ts';
import { attemptFields } from './attempt-fields.ts';
import { loseEnd } from './dev/lose-end.ts';
import { dueTimeOf } from './due-time.ts';
import type { WorkerStats } from './heartbeat.ts';
import { ChildPool } from './isolation/child-pool.ts';
import { JournalWriter } from './journal-writer.ts';
import { kindOfEnd } from './kind-of-end.ts';
import { Lanes } from './lanes.ts';
import type { HandlerMap, LoadedHandler } from './load-handlers.ts';
import { MainThreadWatch, processNow } from './main-thread-watch.ts';
import { type WorkerMetrics, workerMetrics } from './metrics.ts';
import { overheard } from './overheard-journal.ts';
import { describeQueues } from './queue-slots.ts';
import { type Registration, register } from './registration.ts';
import { Report } from './report.ts';
import { runJob } from './run-job.ts';
import { GRACE_MS } from './running-jobs.ts';
import { AttemptSubmitter } from './submit-for-attempt.ts';
import { endTrace, startTrace } from './trace-run.ts';
import { TypeLimits } from './type-limits.ts';
import { TypeTimings } from './type-timings.ts';
import { within } from './within.ts';
import type { WorkerParts } from './worker-parts.ts';

/** A worker that was started; `resume` ends a pause. */
export interface RunningWorker {
  /** The types it runs. */
  readonly types: readonly string[];
  /** The same, with where each was found. */
  readonly handlers: readonly Pick<LoadedHandler, 'type' | 'source'>[];
  /** Its present id in the database; undefined while it has none. */
  readonly id: number | undefined;
  /**
   * True while its consumers are really subscribed (or paused because all slots are taken), are not known to be deaf, and
   * its lease holds.
   */
  readonly isConsuming: boolean;
  /** Jobs running now. */
  readonly busy: number;
  /** It has claimed as many jobs as its quota lets it. */
  readonly isSpent: boolean;
  /** Resolves when it has stopped: because it was closed, or because an operator drained it. */
  readonly ended: Promise<void>;
  /** Takes no more jobs until `resume`; those that run go on. */
  pause(): void;
  resume(): void;
  /** Takes jobs that nobody has offered yet, and answers whether something ran or waits here since the last look. */
  lookForWork(): Promise<boolean>;
  /** Whether a job of its types waits in its queues, wherever its message is. Dear: for one that is about to end. */
  isAnyJobReady(): Promise<boolean>;
  /**
   * Lets running jobs end, then gives back what is left; the same promise each time. Asked again with a grace, it waits no
   * longer than that from then on. An infinite grace waits for as long as jobs run.
   */
  close(options?: { graceMs?: number }): Promise<void>;
}

/** A worker from its registration to its end: it may lose its lease and register anew any number of times. */
export class WorkerLife implements RunningWorker {
  readonly types: readonly string[];
  readonly #parts: WorkerParts;
  readonly #metrics: WorkerMetrics;
  readonly #timings: TypeTimings;
  readonly #children: ChildPool;
  readonly #journals: JournalWriter;
  readonly #report: Report;
  readonly #lanes: Lanes;
  readonly #handlers: HandlerMap;
  readonly #watch = new MainThreadWatch();
  readonly #clockOffset = processNow() - performance.now();
  readonly #atEnd: () => Promise<void>;
  #registration: Registration | undefined;
  #registering: Promise<void> = Promise.resolve();
  #pulse: NodeJS.Timeout | undefined;
  readonly #doorbells: Listener[] = [];
  #toldDeafSince: Date | null = null;
  #isOpen = false;
  #isDrained = false;
  #closing: Promise<void> | undefined;
  readonly #isOver = Promise.withResolvers<void>();
  readonly #hurried = Promise.withResolvers<void>();

  /** `atEnd`: when no handler runs any more. */
  constructor(parts: WorkerParts, handlers: HandlerMap, atEnd: () => Promise<void>) {
    this.#parts = parts;
    this.#atEnd = atEnd;
    this.#handlers = handlers;
    this.types = [...handlers.keys()];
    this.#timings = new TypeTimings(this.types);
    const queues = describeQueues(parts.settings);
    const slots = totalSlots(queues);
    const { logger, configFile, settings } = parts;
    const { jobLogLevel: logLevel, captureConsole: capturesConsole, childEnv } = settings;
    this.#children = new ChildPool({ slots, variables: childEnv, logger, ...(configFile && { configFile }) });
    this.#metrics = workerMetrics(parts.registry, {
      slots,
      types: this.types,
      queues: parts.settings.queues,
      inProgress: () => this.busy,
      children: () => this.#children.size,
    });
    this.#journals = new JournalWriter(parts);
    this.#report = new Report({ ...parts, metrics: this.#metrics });
    const submitter = new AttemptSubmitter({
      ...parts,
      ageingMs: settings.priorityAgeing,
      created: this.#metrics.created,
    });
    const context = {
      ...parts,
      logLevel,
      capturesConsole,
      submitItems: (attempt: Attempt, items: readonly string[]) => submitter.submit(attempt, items),
    };
    this.#lanes = new Lanes(lanesOf(queues), {
      ...parts,
      handlers,
      limits: new TypeLimits(handlers),
      metrics: this.#metrics,
      report: this.#report,
      workerId: () => this.id,
      graceMs: parts.handlerGraceMs ?? GRACE_MS,
      run: (attempt) => this.#run(attempt, { ...context, children: this.#children }),
      onStart: (attempt) => this.#started(attempt),
      onEnd: (attempt, end, now) => this.#ended(attempt, end, now),
    });
  }

  get handlers(): RunningWorker['handlers'] {
    return [...this.#handlers.values()];
  }

  get id(): number | undefined {
    return this.#registration?.workerId;
  }

  get busy(): number {
    return this.#lanes.busy;
  }

  get isSpent(): boolean {
    return this.#parts.quota?.left === 0 && !this.#lanes.isClaiming;
  }

  get ended(): Promise<void> {
    return this.#isOver.promise;
  }

  get isConsuming(): boolean {
    if (this.id === undefined || this.#closing) return false;
    return this.#lanes.isSubscribed && this.#lanes.deafSince === null;
  }

  async start(): Promise<void> {
    this.#pulse = setInterval(() => this.#showLife(), PULSE_MS);
    try {
      await this.#register();
      // The doorbells say only that something changed: what is wanted is in the answer to a heartbeat.
      await this.#beatAt('cancels', (id) => this.#lanes.isRunning(id));
      await this.#beatAt('drains', (id) => id === String(this.id));
      await this.#lanes.open();
      this.#isOpen = true;
    } catch (error) {
      await this.close({ graceMs: 0 });
      throw error;
    }
  }

  pause(): void {
    this.#lanes.pause();
  }

  resume(): void {
    // A worker that closes is paused for good.
    if (this.#closing === undefined) this.#lanes.resume();
  }

  async lookForWork(): Promise<boolean> {
    return await this.#lanes.lookForWork(this.types);
  }

  async isAnyJobReady(): Promise<boolean> {
    const { database, settings } = this.#parts;
    return await isAnyJobReady(database, { queues: settings.queues, types: this.types });
  }

  close({ graceMs }: { graceMs?: number } = {}): Promise<void> {
    if (this.#closing && isEnding(graceMs)) setTimeout(this.#hurried.resolve, graceMs).unref();
    this.#closing ??= this.#end(graceMs ?? this.#parts.settings.shutdownGrace).finally(this.#isOver.resolve);
    return this.#closing;
  }

  async #beatAt(channel: SignalChannel, concernsUs: (id: string) => boolean): Promise<void> {
    const listener = await this.#parts.signals.listen(channel, (notes) => {
      if (notes.some(({ id }) => concernsUs(id))) this.#registration?.heartbeats.beatNow();
    });
    this.#doorbells.push(listener);
  }

  #run(attempt: Attempt, deps: Parameters<typeof runJob>[0]): Promise<AttemptEnd | undefined> {
    const run = () => runJob(deps, attempt);
    return this.#parts.chaos ? this.#parts.chaos.run(attempt, run) : run();
  }

  #started(attempt: Attempt): void {
    startTrace(this.#parts.broker.system, attempt);
    const dueAtMs = dueTimeOf(attempt.job);
    if (dueAtMs !== undefined) this.#metrics.claimed(attempt.job.type, Math.max(0, this.#parts.clock.now() - dueAtMs));
    const { observer } = this.#parts;
    attempt.journal = overheard(this.#journals.open(attempt), {
      said: observer?.said?.bind(observer, attempt),
      showedLife: attempt.handler.stallMs === undefined ? undefined : () => attempt.showLife(performance.now()),
    });
    observer?.claimed(attempt);
    if (!attempt.isIsolated) this.#watch.mindDeadline(attempt.deadlineAt + this.#clockOffset);
    this.#report.started(attempt);
  }

  #ended(attempt: Attempt, own: AttemptEnd | undefined, now: number): void {
    const { type } = attempt.job;
    const isLost = own !== undefined && this.#parts.chaos?.losesEnd(attempt, own) === true;
    const end = isLost ? undefined : own;
    const kind = kindOfEnd(attempt, end);
    const durationMs = now - attempt.startedAt;
    endTrace(attempt, kind, end);
    this.#parts.observer?.ended(attempt, kind, end);
    if (end) this.#report.ended(attempt, end, now);
    // The claim may be forgotten only after it.
    else if (isLost) void loseEnd(this.#parts, attempt).then(() => this.#report.abandoned(attempt));
    else this.#report.abandoned(attempt);
    this.#timings.add(type, durationMs);
    this.#metrics.ended(type, kind, durationMs, recordedTraceIdOf(attempt.traceparent));
    if (end?.kind !== 'completed') {
      const fields = { ...attemptFields(attempt), durationMs: Math.round(durationMs) };
      this.#parts.logger.info({ ...fields, kind, ...reasonOf(end) }, 'an attempt ended without a result');
    }
  }

  #showLife(): void {
    this.#watch.pulse();
    this.#watch.setDeadline(this.#lanes.earliestInlineDeadline + this.#clockOffset);
  }

  #readStats(): WorkerStats {
    const { deafSince } = this.#lanes;
    return {
      busy: this.busy,
      types: this.#timings.read(),
      lastDeliveryAt: this.#lanes.lastDeliveryAt,
      deafSince,
      doneTokens: this.#report.takeDoneTokens(),
      isUrgent: this.#timings.haveChanged || (deafSince === null) !== (this.#toldDeafSince === null),
    };
  }

  async #register(replaces?: number): Promise<void> {
    const { settings, ownsProcess, database, logger } = this.#parts;
    const registration = await register({
      database,
      databaseUrl: settings.databaseUrl,
      name: settings.workerName,
      ...describeQueues(settings),
      types: Array.from(this.#handlers.values()).flatMap(({ about }) => about ?? []),
      replaces,
      readStats: () => this.#readStats(),
      watch: this.#watch,
      endProcessAfterMs: ownsProcess ? GRACE_MS : undefined,
      logger,
      onAnswer: ({ cancelled, drain }) => {
        this.#timings.told();
        this.#toldDeafSince = this.#lanes.deafSince;
        this.#cancel(cancelled);
        if (drain) this.#drain(drain.reason);
      },
      onLost: (why) => this.#loseLease(why),
    });
    this.#registration = registration;
    logger.info(
      { workerId: registration.workerId, slots: this.#lanes.slots, queues: settings.queues },
      'worker registered',
    );
  }

  #cancel(cancelled: readonly { jobId: string; claimToken: string }[]): void {
    if (cancelled.length === 0) return;
    const tokens = new Map(cancelled.map(({ jobId, claimToken }) => [jobId, claimToken]));
    this.#lanes.abort('cancelled', { which: ({ job, claim }) => tokens.get(job.id) === claim.token });
  }

  /** What is not known to be open, or has no registration just now, is told again by the next heartbeat. */
  #drain(reason: string | null): void {
    if (this.#isDrained || !this.#isOpen || this.id === undefined) return;
    this.#isDrained = true;
    const { logger, observer, settings } = this.#parts;
    logger.info({ workerId: this.id, reason }, 'an operator drains this worker');
    if (!this.#closing) observer?.draining?.(reason);
    this.close({ graceMs: settings.shutdownGrace }).catch((err: unknown) =>
      logger.error({ err }, 'the worker could not be closed'),
    );
  }

  /** Everything that runs belongs to others now, or may soon: stop it, and come back as a new worker. */
  #loseLease(why: string): void {
    const lost = this.#registration;
    if (!lost) return;
    this.#registration = undefined;
    this.#parts.logger.error({ workerId: lost.workerId, why, busy: this.busy }, 'the lease is lost, jobs are stopped');
    this.#parts.observer?.failed(new Error(`the lease of this worker is lost, its jobs are stopped: ${why}`));
    this.#lanes.abort('lease-lost', { which: ({ claim }) => claim.workerId === lost.workerId });
    this.#registering = this.#registerAnew(lost);
  }

  async #registerAnew(lost: Registration): Promise<void> {
    await lost.heartbeats.close();
    while (!this.#closing && !this.#registration) {
      try {
        await this.#register(lost.workerId);
      } catch (err) {
        this.#parts.logger.warn({ err }, 'could not register as a new worker, trying again');
        await pause(REGISTER_RETRY_MS);
      }
    }
    this.#lanes.pumpSoon();
  }

  async #end(graceMs: number): Promise<void> {
    const { logger } = this.#parts;
    logger.info({ busy: this.busy, graceMs }, 'the worker stops');
    // No claim begins from here on, however long the database takes to answer; one that is on its way still starts its jobs.
    this.#lanes.pause();
    await within(STATE_MS, this.#setState('stopping'));
    for (const doorbell of this.#doorbells.splice(0)) await doorbell.close();
    await this.#lanes.close();
    if (!(await this.#isIdleWithin(graceMs))) {
      logger.warn({ busy: this.busy }, 'the grace is over, jobs are given back');
      this.#lanes.abort('shutdown', { graceMs: ABORT_MS });
      await within(ABORT_MS + 1_000, this.#lanes.idle());
    }
    await this.#children.close();
    // Beside the last outcomes: a service that hangs must take no time from them.
    const isTidy = within(SERVICES_MS, this.#atEnd());
    const settledBy = performance.now() + SETTLE_MS;
    await this.#journals.close(JOURNALS_MS);
    const isSettled = await this.#report.close(settledBy - performance.now());
    // The claims are forgotten with it: what is not surely settled must stay there for the scheduler to find.
    if (isSettled && !this.#lanes.hasUnknownClaims) await this.#setState('stopped');
    if (!(await isTidy)) logger.warn({ ms: SERVICES_MS }, 'the services of handlers took too long to close');
    clearInterval(this.#pulse);
    await this.#registering;
    await this.#registration?.heartbeats.close();
    this.#registration = undefined;
    logger.info({ isSettled }, 'the worker has stopped');
  }

  async #isIdleWithin(graceMs: number): Promise<boolean> {
    const hurried = this.#hurried.promise.then(() => false);
    const idle = this.#lanes.idle();
    const isIdle = isEnding(graceMs) ? within(graceMs, idle) : idle.then(() => true);
    return await Promise.race([isIdle, hurried]);
  }

  async #setState(state: 'stopping' | 'stopped'): Promise<void> {
    const { database, logger } = this.#parts;
    if (this.id === undefined) return;
    try {
      await setWorkerState(database, this.id, state);
    } catch (err) {
      logger.warn({ err, state }, 'the database could not be told that this worker stops');
    }
  }
}

// A timer takes what is infinite, or longer than it can count, for nothing.
function isEnding(graceMs: number | undefined): graceMs is number {
  return graceMs !== undefined && graceMs <= LONGEST_TIMER_MS;
}

function reasonOf(end: AttemptEnd | undefined): object {
  return end?.kind === 'failed' ? { reason: end.reason, error: end.message.slice(0, 500) } : {};
}

const LONGEST_TIMER_MS = 2 ** 31 - 1;
const PULSE_MS = 500;
const ABORT_MS = 3_000;
const STATE_MS = 1_000;
/** For the last lines and the last outcomes together. */
const SETTLE_MS = 5_000;
/** Outcomes have more of it than lines: they are worth more. */
const JOURNALS_MS = 2_000;
const SERVICES_MS = 5_000;
const REGISTER_RETRY_MS = 1_000;
