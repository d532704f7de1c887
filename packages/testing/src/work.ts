import { setTimeout as pause } from 'node:timers/promises';
import { forgetJobs } from '@cloudtask/core/database/forget-jobs';
import { setClock } from '@cloudtask/core/database/virtual-clock';
import { type Tally, tallyJobs } from '@cloudtask/core/protocol/tally-jobs';
import { nextJobDueIn, readWorkInHand, type WorkInHand } from '@cloudtask/core/protocol/work-in-hand';
import { CloudTaskError, type Duration } from '@cloudtask/sdk';
import { parseDuration } from '@cloudtask/sdk/duration';
import type { HeldBroker } from './held-broker.ts';
import type { Sleepers } from './sleepers.ts';
import { forwardMs } from './test-clock.ts';
import type { TestPlatform } from './test-platform.ts';
import type { RunRecord } from './watched-handlers.ts';

/** How far a `drain` goes. */
export interface DrainOptions {
  /** Goes on with jobs that wait for a time – delays, retries – by moving the clock to it. Default false. */
  withScheduled?: boolean;
  /** Runs no job more often than this; what would need more stays as it is. */
  maxAttempts?: number;
  /** How long the handlers may take in all, in real time. Default 5 s. */
  timeout?: Duration;
}

/** How many jobs ended so, and after how many runs a job went on: `retried` after a failure, `snoozed` of its own will. */
export type Drained = Tally;

export interface WorkDeps {
  platform: TestPlatform;
  broker: HeldBroker;
  runs: RunRecord;
  sleepers: Sleepers;
  /** Where the services' clock stands. */
  time: { nowMs: number };
  /** Jobs run as soon as they can, and not only while somebody drains. */
  isInline: boolean;
}

const PATIENCE = '5s';
/** The doorbell rings when a job moves; this is for what moves without it. */
const LOOK_AGAIN_MS = 20;

/** Runs what can be run, and moves the time from one thing that is due to the next. */
export class Work {
  readonly #deps: WorkDeps;
  #mostRuns = Number.POSITIVE_INFINITY;
  #isRunning: boolean;
  #last: Promise<unknown> = Promise.resolve();
  #wake = () => {};

  static async open(deps: WorkDeps): Promise<Work> {
    const work = new Work(deps);
    await deps.platform.signals.listen('jobs', () => work.#wake());
    deps.sleepers.onSleep = () => work.#wake();
    if (deps.isInline) {
      await deps.broker.open();
      // For those who do not come through this client.
      await deps.platform.signals.listen('backlog', () => void deps.platform.dueWork.run().catch(() => {}));
    }
    return work;
  }

  private constructor(deps: WorkDeps) {
    this.#deps = deps;
    this.#isRunning = deps.isInline;
  }

  /** Whether the limit of a drain lets this job be run once more. */
  mayRun(jobId: string): boolean {
    return (this.#deps.runs.counts.get(jobId) ?? 0) < this.#mostRuns;
  }

  drain({ withScheduled = false, maxAttempts, timeout = PATIENCE }: DrainOptions): Promise<Drained> {
    return this.#alone('drain()', async () => {
      const { platform, broker, runs, isInline } = this.#deps;
      const until = new Patience('drain()', timeout);
      const before = await tallyJobs(platform.database);
      runs.counts.clear();
      this.#mostRuns = maxAttempts ?? Number.POSITIVE_INFINITY;
      this.#isRunning = true;
      try {
        await broker.open();
        await this.#settle(until);
        while (withScheduled) {
          const inMs = await nextJobDueIn(platform.database, this.#which());
          if (inMs === undefined) break;
          await this.#moveOn(Math.max(0, inMs), until);
        }
      } finally {
        this.#mostRuns = Number.POSITIVE_INFINITY;
        this.#isRunning = isInline;
        if (!isInline) broker.shut();
      }
      return difference(before, await tallyJobs(platform.database));
    });
  }

  advance(duration: Duration): Promise<void> {
    const ms = forwardMs(duration);
    return this.#alone('clock.advance()', () => this.#moveOn(ms, new Patience('clock.advance()', PATIENCE)));
  }

  /** Until nothing can be run any more; at once for a handler, which would wait for itself. */
  async settleInline(): Promise<void> {
    if (!this.#deps.isInline || this.#deps.runs.isInsideHandler) return;
    await this.#settle(new Patience('mode: "inline"', PATIENCE));
  }

  clear(): Promise<void> {
    return this.#alone('clear()', async () => {
      this.#deps.broker.clear();
      this.#deps.runs.counts.clear();
      await forgetJobs(this.#deps.platform.database);
    });
  }

  /** From one thing that is due to the next, so that each finds the time that it is due at. */
  async #moveOn(ms: number, until: Patience): Promise<void> {
    const { time, platform } = this.#deps;
    const target = time.nowMs + ms;
    await this.#doWhatIsDue(until);
    for (;;) {
      const inMs = await platform.dueWork.nextIn();
      if (inMs === undefined || inMs <= 0 || time.nowMs + inMs >= target) break;
      await this.#setTime(time.nowMs + inMs);
      await this.#doWhatIsDue(until);
    }
    await this.#setTime(target);
    await this.#doWhatIsDue(until);
  }

  async #setTime(nowMs: number): Promise<void> {
    const { time, platform, sleepers } = this.#deps;
    time.nowMs = Math.max(time.nowMs, nowMs);
    await setClock(platform.database, new Date(time.nowMs));
    sleepers.wakeDue();
  }

  async #doWhatIsDue(until: Patience): Promise<void> {
    if (this.#isRunning) await this.#settle(until);
    else await this.#deps.platform.dueWork.run();
  }

  async #settle(until: Patience): Promise<void> {
    const { dueWork, database, serve } = this.#deps.platform;
    for (;;) {
      const moved = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      await dueWork.run();
      const inHand = await readWorkInHand(database, this.#which());
      if (inHand.length === 0) return;
      await serve(inHand.map(({ queue }) => queue));
      until.check(inHand);
      if (await this.#passSleep(inHand)) continue;
      const timer = new AbortController();
      await Promise.race([moved, pause(LOOK_AGAIN_MS, undefined, { signal: timer.signal }).catch(() => {})]);
      timer.abort();
    }
  }

  /** When all that is left to do sleeps, time passes: as far as the first of them wakes up, or something else is due. */
  async #passSleep(inHand: readonly WorkInHand[]): Promise<boolean> {
    const { sleepers, platform, time } = this.#deps;
    const sleepsFor = sleepers.nextIn;
    const isAwake =
      inHand.some(({ pending }) => pending > 0) || sleepers.jobs < sum(inHand.map(({ running }) => running));
    if (sleepsFor === undefined || isAwake) return false;
    const dueIn = await platform.dueWork.nextIn();
    await this.#setTime(time.nowMs + (dueIn !== undefined && dueIn > 0 ? Math.min(dueIn, sleepsFor) : sleepsFor));
    // Who wakes up goes on before anybody looks at what it does.
    await new Promise((resolve) => setImmediate(resolve));
    return true;
  }

  #which() {
    const { platform, runs } = this.#deps;
    return { types: platform.types, except: [...runs.counts.keys()].filter((id) => !this.mayRun(id)) };
  }

  /** One after the other: two that moved the time at once would each find what the other has left. */
  #alone<T>(what: string, work: () => Promise<T>): Promise<T> {
    if (this.#deps.runs.isInsideHandler) {
      throw new Error(
        `${what} was called inside a handler, and would wait for that handler to end: call it in the test`,
      );
    }
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }
}

/** How long handlers may take, in real time: a test that hangs should say on what. */
class Patience {
  readonly #what: string;
  readonly #limit: Duration;
  readonly #endsAt: number;

  constructor(what: string, limit: Duration) {
    this.#what = what;
    this.#limit = limit;
    this.#endsAt = performance.now() + parseDuration(limit);
  }

  check([first]: readonly WorkInHand[]): void {
    if (!first || performance.now() < this.#endsAt) return;
    const limit = typeof this.#limit === 'number' ? `${this.#limit} ms` : this.#limit;
    const state = first.running > 0 ? 'its handler has not ended' : `it waits in the queue ${first.queue}`;
    // One of the client's own errors: a call that ends with any other says that the server cannot be reached.
    throw new CloudTaskError(
      `${this.#what} has waited ${limit} for job ${first.id} of the type "${first.type}": ${state}. Does the handler wait ` +
        'for something that never comes, or that the test does only later? With drain({ timeout }) it may take longer',
      { code: 'HANDLER_HANGS' },
    );
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}

function difference(before: Tally, after: Tally): Drained {
  const since = (key: keyof Tally) => Math.max(0, after[key] - before[key]);
  return {
    completed: since('completed'),
    failed: since('failed'),
    cancelled: since('cancelled'),
    expired: since('expired'),
    retried: since('retried'),
    snoozed: since('snoozed'),
  };
}
