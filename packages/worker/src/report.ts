import { setTimeout as pause } from 'node:timers/promises';
import type { Broker } from '@cloudtask/core/broker/broker';
import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import { type Loop, repeat } from '@cloudtask/core/loop';
import { COMPLETED_QUEUE, MAX_EVENTS_PER_MESSAGE, MAX_MESSAGE_BYTES, STARTED_QUEUE } from '@cloudtask/core/messages';
import { stillUnsettled } from '@cloudtask/core/protocol/read-outcomes';
import type { Signals } from '@cloudtask/core/signals/signals';
import type { Attempt } from './attempt.ts';
import type { AttemptEnd } from './attempt-end.ts';
import { completedText, messageOf, startedText } from './completed-event.ts';
import { EventOutbox } from './event-outbox.ts';
import type { WorkerMetrics } from './metrics.ts';
import { type PendingOutcome, PendingOutcomes } from './pending-outcomes.ts';
import { settleDirectly, takeBatch } from './settle-directly.ts';
import { within } from './within.ts';

export interface ReportDeps {
  database: Database;
  broker: Broker;
  signals: Signals;
  clock: Clock;
  logger: Logger;
  metrics: WorkerMetrics;
}

/**
 * Tells the results-processor how attempts began and ended, and keeps each outcome until it has been seen settled in
 * the database: a lost message costs seconds, never a second run. When the broker or the results-processor is away the
 * outcome is settled from here.
 */
export class Report {
  readonly #deps: ReportDeps;
  readonly #pending = new PendingOutcomes();
  readonly #started: EventOutbox<Attempt>;
  readonly #completed: EventOutbox<PendingOutcome>;
  readonly #direct: PendingOutcome[] = [];
  readonly #settling: Loop;
  readonly #looking: Loop;
  #isClosing = false;

  constructor(deps: ReportDeps) {
    this.#deps = deps;
    const limits = { maxItems: MAX_EVENTS_PER_MESSAGE, maxBytes: MAX_MESSAGE_BYTES };
    this.#started = new EventOutbox({
      ...limits,
      sizeOf: () => STARTED_BYTES,
      send: (events) => this.#sendStarted(events),
    });
    this.#completed = new EventOutbox({
      ...limits,
      sizeOf: ({ text }) => text.length,
      send: (events) => this.#sendCompleted(events),
    });
    const { logger } = deps;
    this.#settling = repeat({
      name: 'settle-outcomes',
      everyMs: LOOK_EACH_MS,
      runOnce: () => this.#settleDirect(),
      logger,
    });
    this.#looking = repeat({
      name: 'look-for-outcomes',
      everyMs: LOOK_EACH_MS,
      runOnce: () => this.#lookForSettled(),
      logger,
    });
  }

  /** True: what is reported has to be settled before more work is taken on. */
  get isFull(): boolean {
    return this.#pending.isFull;
  }

  get pending(): number {
    return this.#pending.count;
  }

  started(attempt: Attempt): void {
    this.#started.add(attempt);
  }

  /** Told to others only when what the attempt said is written: who sees the end sees all of it. */
  ended(attempt: Attempt, end: AttemptEnd, endedAt = performance.now()): void {
    const { job, claim } = attempt;
    const outcome: PendingOutcome = {
      jobId: job.id,
      fence: job.fence,
      claimToken: claim.token,
      userId: job.userId,
      claim,
      text: completedText(attempt, end, this.#deps.clock.now()),
      endedAt,
    };
    this.#pending.add(outcome);
    attempt.journal.end(() => this.#pass(outcome));
  }

  /** An attempt that ended with nothing to report: it is somebody else's by now. */
  abandoned({ claim, journal }: Attempt): void {
    journal.end(() => {});
    this.#pending.forget(claim, 1);
  }

  takeDoneTokens(): string[] {
    return this.#pending.takeDoneTokens();
  }

  /** Settles everything that has not been seen settled. True when nothing is left; not later than that, whatever hangs. */
  async close(withinMs: number): Promise<boolean> {
    this.#isClosing = true;
    await within(withinMs, this.#settleRest(performance.now() + withinMs));
    return this.#pending.count === 0;
  }

  async #settleRest(giveUp: number): Promise<void> {
    await Promise.all([this.#looking.close(), this.#completed.drain(), this.#started.drain()]);
    await this.#settling.close();
    while (this.#pending.count > 0 && performance.now() < giveUp) {
      try {
        await this.#lookForSettled(Number.POSITIVE_INFINITY);
        await this.#settleDirect();
      } catch (error) {
        this.#deps.logger.warn({ err: error, pending: this.#pending.count }, 'the last outcomes wait for the database');
        await pause(RETRY_MS);
      }
    }
  }

  #pass(outcome: PendingOutcome): void {
    if (this.#isClosing) this.#direct.push(outcome);
    else this.#completed.add(outcome);
  }

  // Whoever ends before this is sent is only told of as ended.
  async #sendStarted(attempts: readonly Attempt[]): Promise<void> {
    const now = this.#deps.clock.now();
    const elapsed = performance.now();
    const texts = attempts.flatMap((attempt) =>
      attempt.hasEnded ? [] : [startedText(attempt, Math.round(now - elapsed + attempt.startedAt))],
    );
    if (texts.length > 0) await this.#publish(STARTED_QUEUE, texts);
  }

  async #sendCompleted(outcomes: PendingOutcome[]): Promise<void> {
    const texts = outcomes.map(({ text }) => text);
    if (await this.#publish(COMPLETED_QUEUE, texts)) this.#pending.sent(outcomes, performance.now());
    else this.#settleNow(outcomes);
  }

  async #publish(queue: string, texts: readonly string[]): Promise<boolean> {
    const { broker, metrics, logger } = this.#deps;
    if (!broker.health.up) return false;
    try {
      await broker.publish(queue, messageOf(texts));
      metrics.published(true);
      return true;
    } catch (error) {
      metrics.published(false);
      logger.debug({ queue, err: error, events: texts.length }, 'the broker did not take events');
      return false;
    }
  }

  #settleNow(outcomes: readonly PendingOutcome[]): void {
    this.#direct.push(...outcomes);
    this.#settling.poke();
  }

  async #settleDirect(): Promise<{ again: boolean }> {
    const batch = takeBatch(this.#direct);
    if (batch.length === 0) return { again: false };
    try {
      await settleDirectly(this.#deps, batch);
    } catch (error) {
      this.#direct.unshift(...batch);
      throw error;
    }
    for (const outcome of batch) this.#pending.settled(outcome);
    return { again: this.#direct.length > 0 };
  }

  async #lookForSettled(sentBefore = performance.now() - LOOK_AFTER_MS): Promise<void> {
    const now = performance.now();
    const due = this.#pending.takeSentBefore(sentBefore);
    for (let from = 0; from < due.length; from += READ_AT_ONCE) {
      const outcomes = due.slice(from, from + READ_AT_ONCE);
      let unsettled: Set<string>;
      try {
        unsettled = await stillUnsettled(this.#deps.database, outcomes);
      } catch (error) {
        this.#pending.sent(due.slice(from), now - LOOK_AFTER_MS);
        throw error;
      }
      this.#follow(outcomes, unsettled, now);
    }
  }

  #follow(outcomes: readonly PendingOutcome[], unsettled: ReadonlySet<string>, now: number): void {
    const overdue: PendingOutcome[] = [];
    for (const outcome of outcomes) {
      if (!unsettled.has(outcome.jobId)) this.#pending.settled(outcome);
      else if (this.#isClosing || now - outcome.endedAt > SETTLE_AFTER_MS) overdue.push(outcome);
      else this.#completed.add(outcome);
    }
    if (overdue.length > 0) this.#settleNow(overdue);
  }
}

const LOOK_EACH_MS = 1_000;
/** An outcome that is this old should be settled. */
const LOOK_AFTER_MS = 2_000;
/** An outcome that is this old is settled from here. */
const SETTLE_AFTER_MS = 5_000;
const READ_AT_ONCE = 5_000;
const RETRY_MS = 250;
const STARTED_BYTES = 300;
