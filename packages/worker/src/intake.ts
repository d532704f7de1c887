import { setTimeout as pause } from 'node:timers/promises';
import type { Broker, Delivery } from '@cloudtask/core/broker/broker';
import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { newId } from '@cloudtask/core/ids';
import type { Logger } from '@cloudtask/core/logger';
import type { Hint } from '@cloudtask/core/messages';
import { createdQueue } from '@cloudtask/core/messages';
import type { ClaimedJob } from '@cloudtask/core/protocol/claim';
import { readBacklog } from '@cloudtask/core/protocol/dispatch';
import { Attempt, type Claim } from './attempt.ts';
import { attemptFields } from './attempt-fields.ts';
import { claimSurely } from './claim-jobs.ts';
import { Consumers } from './consume.ts';
import { DeafWatch } from './deaf-watch.ts';
import { giveBack, giveBackLater, OFFER_AGAIN_MS, offerAgain } from './give-back.ts';
import { type HeldHint, HintBuffer } from './hint-buffer.ts';
import type { HandlerMap } from './load-handlers.ts';
import { firstPrefetch, hintsAhead, prefetchFor, Turnover } from './look-ahead.ts';
import type { WorkerMetrics } from './metrics.ts';
import { ParkedHints } from './parked-hints.ts';
import type { Quota } from './quota.ts';
import type { Report } from './report.ts';
import type { RunningJobs } from './running-jobs.ts';
import { traceClaim } from './trace-claim.ts';
import type { TypeLimits } from './type-limits.ts';

export interface IntakeDeps {
  broker: Broker;
  database: Database;
  clock: Clock;
  logger: Logger;
  metrics: WorkerMetrics;
  handlers: HandlerMap;
  queues: readonly string[];
  running: RunningJobs;
  limits: TypeLimits;
  report: Report;
  /** How long a queue may be silent before it is looked at. Default 15 s. */
  deafAfterMs?: number | undefined;
  /** The most jobs that all lanes together may claim. */
  quota?: Quota;
  /** The worker's id in the database; undefined while it has none, and then nothing is claimed. */
  workerId(): number | undefined;
}

/**
 * From deliveries to running jobs: hints wait in the buffer, are claimed in batches no larger than the free slots, and
 * their deliveries are acked when every hint in them is claimed, surplus or given back. What cannot be claimed soon goes
 * back, and consuming stops until a slot is free.
 */
export class Intake {
  readonly #deps: IntakeDeps;
  readonly #buffer = new HintBuffer();
  readonly #parked = new ParkedHints();
  readonly #turnover = new Turnover();
  readonly #claims = new Set<Promise<void>>();
  readonly #deafWatch: DeafWatch;
  #consumers: Consumers | undefined;
  #hintsPerMessage = 0;
  #watch: NodeJS.Timeout | undefined;
  #tunedAt = 0;
  #isPumping = false;
  #isGivingBack = false;
  #isClosing = false;
  #isPausedByHand = false;
  #claimedLately = 0;

  /** When the last message came. */
  lastDeliveryAt: Date | null = null;
  /** True when the answer to a claim was never learnt: then only the scheduler can tell what became of its jobs. */
  hasUnknownClaims = false;

  constructor(deps: IntakeDeps) {
    this.#deps = deps;
    this.#deafWatch = new DeafWatch({ ...deps, rebuild: () => this.#consumeAnew() });
  }

  async open(): Promise<void> {
    this.#consumers = await this.#consume();
    this.#watch = setInterval(() => this.#keepFlowing(performance.now()), WATCH_MS);
  }

  /** Since when it gets no deliveries though messages are waiting. */
  get deafSince(): Date | null {
    return this.#deafWatch.deafSince;
  }

  get isClaiming(): boolean {
    return this.#claims.size > 0;
  }

  get isSubscribed(): boolean {
    return this.#consumers?.isSubscribed ?? false;
  }

  /** A slot is free: an attempt ended just now. */
  slotFreed(now: number): void {
    this.#turnover.add(now);
    this.pumpSoon();
  }

  /** Together with what else happens in this turn of the event loop. */
  pumpSoon(): void {
    if (this.#isPumping) return;
    this.#isPumping = true;
    queueMicrotask(() => {
      this.#isPumping = false;
      this.#pump();
    });
  }

  /** Takes no more jobs until `resume`, and gives back what is held. */
  async pause(): Promise<void> {
    this.#isPausedByHand = true;
    await this.#consumers?.pause();
    if (this.#isPausedByHand) await this.#giveUp();
  }

  resume(): void {
    this.#isPausedByHand = false;
    this.pumpSoon();
  }

  /**
   * Takes what the database knows to be waiting and nobody has offered. False when there was no sign of work since the
   * last look: neither here nor in the queues of the broker.
   */
  async lookForWork(types: readonly string[]): Promise<boolean> {
    const { broker, database, queues, running } = this.#deps;
    for (const queue of queues) {
      const limit = Math.max(0, running.free - this.#buffer.size);
      const hints = this.#canClaim && limit > 0 ? await readBacklog(database, { queue, types, limit }) : [];
      if (hints.length > 0) this.#receive(hints, UNDELIVERED);
    }
    await undefined;
    await Promise.all(this.#claims);
    const depths = await Promise.all(queues.map((queue) => broker.depth(createdQueue(queue))));
    const isHolding = this.#buffer.size > 0 || this.#parked.size > 0 || this.#claims.size > 0;
    const isWorking = this.#claimedLately > 0 || isHolding;
    this.#claimedLately = 0;
    return isWorking || depths.some(({ ready }) => ready > 0);
  }

  /** Takes no more jobs and gives back what is held. Resolves when no claim is in flight. */
  async close(): Promise<void> {
    this.#isClosing = true;
    clearInterval(this.#watch);
    await this.#consumers?.pause();
    await this.#giveUp();
    await Promise.all(this.#claims);
    await this.#consumers?.close();
  }

  async #giveUp(): Promise<void> {
    await giveBack(this.#deps, this.#buffer);
    const parked = this.#parked.clear();
    if (parked.length > 0) await offerAgain(this.#deps, parked);
  }

  async #consume(): Promise<Consumers> {
    const { broker, logger, metrics, queues, running } = this.#deps;
    const onHints = (hints: Hint[], delivery: Delivery) => this.#receive(hints, delivery);
    const onHeard = (queue: string) => {
      this.lastDeliveryAt = new Date(this.#deps.clock.now());
      this.#deafWatch.heard(queue, performance.now());
    };
    const prefetch = firstPrefetch(running.slots);
    return await Consumers.open({ broker, logger, metrics, queues, prefetch, onHints, onHeard });
  }

  async #consumeAnew(): Promise<void> {
    // Whoever is silent may never answer; what it holds comes again elsewhere, and the claim decides.
    if (this.#consumers) await Promise.race([this.#consumers.close(), pause(CLOSE_MS)]);
    while (!this.#isClosing) {
      try {
        const consumers = await this.#consume();
        if (this.#isClosing) await consumers.close();
        else this.#consumers = consumers;
        return;
      } catch (err) {
        this.#deps.logger.warn({ err }, 'the consumers could not be made anew, trying again');
        await pause(CONSUME_AGAIN_MS);
      }
    }
  }

  #receive(hints: Hint[], delivery: Delivery): void {
    const now = performance.now();
    const usual = this.#hintsPerMessage || hints.length;
    this.#hintsPerMessage = usual + (hints.length - usual) * 0.1;
    const refused = this.#buffer.add(delivery, hints, (type) => this.#deps.handlers.has(type), now);
    if (refused.length > 0) void giveBackLater(this.#deps, this.#buffer, refused);
    this.pumpSoon();
  }

  get #canClaim(): boolean {
    const { running, report, workerId } = this.#deps;
    if (this.#isPausedByHand || this.#deps.quota?.left === 0) return false;
    return running.free > 0 && !report.isFull && !this.#isClosing && workerId() !== undefined;
  }

  #pump(): void {
    while (this.#hasWork && this.#canClaim && this.#claims.size < CLAIMS_IN_FLIGHT) this.#claim();
    if (this.#consumers?.isPaused && this.#canClaim && this.#buffer.size === 0) this.#resume();
  }

  get #hasWork(): boolean {
    return this.#buffer.size > 0 || this.#parked.hasWork(this.#deps.limits);
  }

  #claim(): void {
    const { running, workerId, clock, quota } = this.#deps;
    const hints = this.#takeHints(Math.min(running.free, quota?.left ?? running.free));
    if (hints.length === 0) return;
    if (quota) quota.left -= hints.length;
    const claim: Claim = { token: newId(clock), workerId: workerId() as number, unsettled: 0 };
    running.reserve(hints.length);
    const claiming = this.#claimAndStart(hints, claim).finally(() => {
      this.#claims.delete(claiming);
      this.pumpSoon();
    });
    this.#claims.add(claiming);
  }

  /** What was parked goes first: it has waited longer. What has no room now is parked, and holds up nothing behind it. */
  #takeHints(count: number): HeldHint[] {
    const { limits } = this.#deps;
    if (limits.areNone) return this.#buffer.take(count);
    const parked = this.#parked.take(count, limits).map(HintBuffer.loose);
    const taken = this.#buffer.take(count - parked.length);
    const isFit = taken.map(({ type }) => limits.take(type));
    this.#park(taken.filter((_, index) => !isFit[index]));
    return [...parked, ...taken.filter((_, index) => isFit[index])];
  }

  #park(hints: readonly HeldHint[]): void {
    for (const [type, ofType] of Map.groupBy(hints, (hint) => hint.type)) {
      const waitMs = this.#deps.limits.waitMs(type, this.#parked.count(type));
      for (const hint of ofType) this.#parked.add(hint);
      // Jobs that wait long anyway would only go round and round; another worker may be free, so never too long.
      const inMs = Math.min(LONGEST_PARK_MS, Math.max(OFFER_AGAIN_MS, Math.round(waitMs)));
      void giveBackLater(this.#deps, this.#buffer, ofType, { why: 'type_limit', inMs });
    }
  }

  async #claimAndStart(hints: readonly HeldHint[], claim: Claim): Promise<void> {
    const { broker, database, logger, running, metrics, quota } = this.#deps;
    const isOwner = () => this.#isOwner(claim);
    const ids = hints.map(({ id }) => id);
    const startedAt = Date.now();
    const jobs = await claimSurely(
      { database, logger, isOwner },
      { ids, token: claim.token, workerId: claim.workerId },
    );
    if (!jobs) {
      this.hasUnknownClaims = true;
      running.unreserve(hints.length);
      if (quota) quota.left += hints.length;
      for (const { chunk, type } of hints) {
        this.#deps.limits.give(type);
        chunk.delivery.requeue();
      }
      return;
    }
    traceClaim(claim, { system: broker.system, hints, jobs, startedAt });
    this.#recount(hints, jobs);
    metrics.surplusHints.inc(hints.length - jobs.length);
    running.unreserve(hints.length - jobs.length);
    if (quota) quota.left += hints.length - jobs.length;
    this.#claimedLately += jobs.length;
    void this.#ack(hints);
    await this.#start(jobs, claim);
  }

  /** Room that was taken for what a hint said, where the claim says otherwise. */
  #recount(hints: readonly HeldHint[], jobs: readonly ClaimedJob[]): void {
    const { limits } = this.#deps;
    if (limits.areNone) return;
    const claimed = new Map(jobs.map(({ id, type }) => [id, type]));
    for (const { id, type } of hints) {
      const isType = claimed.get(id);
      // A hint may come twice, the job only once.
      claimed.delete(id);
      if (isType === type) continue;
      limits.give(type);
      if (isType !== undefined) limits.count(isType);
    }
  }

  // An ack lets the next messages in. When the slots are full and will be for a while, consuming stops first.
  async #ack(hints: readonly HeldHint[]): Promise<void> {
    if (this.#deps.running.free <= 0 && this.#hintsAhead === 0) await this.#consumers?.pause();
    this.#buffer.dispose(hints);
  }

  async #start(jobs: readonly ClaimedJob[], claim: Claim): Promise<void> {
    const { handlers, running, report, logger, quota } = this.#deps;
    claim.unsettled = jobs.length;
    for (const job of jobs) {
      const handler = handlers.get(job.type);
      if (handler && this.#isOwner(claim)) running.start(job, claim, handler);
      else {
        const attempt = new Attempt(job, claim, UNUSED, performance.now());
        report.ended(attempt, { kind: 'interrupted', started: false });
        this.#deps.limits.give(job.type);
        if (quota) quota.left += 1;
        if (!handler) {
          logger.error(attemptFields(attempt), 'a hint named another type than its job has: gave the job back');
        }
      }
      running.unreserve(1);
      // Lets the handlers that are done at once end before the next one starts: else each of a batch would seem to
      // take as long as all of them.
      await undefined;
    }
  }

  #isOwner(claim: Claim): boolean {
    return !this.#isClosing && this.#deps.workerId() === claim.workerId;
  }

  get #hintsAhead(): number {
    return hintsAhead({ slots: this.#deps.running.slots, endedLately: this.#turnover.count(performance.now()) });
  }

  get #prefetch(): number {
    const { slots, free } = this.#deps.running;
    const endedLately = this.#turnover.count(performance.now());
    return prefetchFor({ slots, free: Math.max(0, free), endedLately, hintsPerMessage: this.#hintsPerMessage });
  }

  #resume(): void {
    this.#consumers?.resume(this.#prefetch);
  }

  #keepFlowing(now: number): void {
    this.#pump();
    this.#deafWatch.tick(now, this.#couldHear);
    if (this.#isStuck(now)) void this.#giveBackAll();
    else if (now - this.#tunedAt >= TUNE_MS) this.#tune(now);
  }

  /** What is held may be all that the broker gives before it is acked. */
  get #couldHear(): boolean {
    const holdsNothing = this.#buffer.size === 0 && this.#claims.size === 0;
    return holdsNothing && this.#canClaim && this.isSubscribed && this.#consumers?.isPaused === false;
  }

  /** What is held has waited long and will go on waiting: the slots will not take it up soon. */
  #isStuck(now: number): boolean {
    if (this.#isGivingBack || !this.#isBlocked || this.#buffer.oldestWaitMs(now) < HOLD_MS) return false;
    return this.#buffer.size > this.#turnover.count(now);
  }

  // Slots that are only kept for claims in flight do not count: those wait for the database, as they would anywhere.
  get #isBlocked(): boolean {
    const { running, report, workerId } = this.#deps;
    return running.busy >= running.slots || report.isFull || workerId() === undefined;
  }

  async #giveBackAll(): Promise<void> {
    this.#isGivingBack = true;
    await this.#consumers?.pause();
    // A slot may have become free meanwhile.
    if (this.#isBlocked && !this.#isClosing) await giveBack(this.#deps, this.#buffer);
    this.#isGivingBack = false;
    this.pumpSoon();
  }

  // Changing the prefetch interrupts consuming for a moment: worth it only when it was far off.
  #tune(now: number): void {
    this.#tunedAt = now;
    const consumers = this.#consumers;
    if (!consumers || consumers.isPaused || this.#turnover.count(now) === 0) return;
    const wanted = this.#prefetch;
    if (wanted >= 2 * consumers.prefetch || 2 * wanted <= consumers.prefetch) consumers.resume(wanted);
  }
}

const CLAIMS_IN_FLIGHT = 2;
const WATCH_MS = 50;
const TUNE_MS = 500;
/** With the pause until the next look, what cannot be run goes back within 250 ms. */
const HOLD_MS = 190;
const CLOSE_MS = 5_000;
const CONSUME_AGAIN_MS = 1_000;
/** A job is offered to other workers after this long, whatever this one expects. */
const LONGEST_PARK_MS = 15_000;
/** For hints that no message brought. */
const UNDELIVERED: Delivery = { body: Buffer.alloc(0), redelivered: false, ack() {}, requeue() {} };
const UNUSED = { type: '', run: () => undefined, source: '' };
