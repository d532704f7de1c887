import { setTimeout as pause } from 'node:timers/promises';
import type { Broker } from '@cloudtask/core/broker/broker';
import type { Clock } from '@cloudtask/core/clock';
import type { Logger } from '@cloudtask/core/logger';
import { createdQueue } from '@cloudtask/core/messages';

export interface DeafWatchDeps {
  broker: Broker;
  clock: Clock;
  logger: Logger;
  queues: readonly string[];
  /** How long a queue may be silent before it is looked at. Default 15 s. */
  deafAfterMs?: number | undefined;
  /** Lets go of the consumers and gets new ones. */
  rebuild(): Promise<void>;
}

/**
 * A consumer may look alive and get nothing: its socket is open, its subscription is gone. Heartbeats cannot tell, and a
 * reconnect does not come. What tells is that messages lie in the queue while slots are free and nothing is delivered.
 * Then the consumers are made anew, and until a delivery proves them this worker says that it is deaf.
 */
export class DeafWatch {
  readonly #deps: DeafWatchDeps;
  readonly #deafAfterMs: number;
  /** Since when each queue has delivered nothing though it could have. Milliseconds on the monotonic clock. */
  readonly #quietSince = new Map<string, number>();
  readonly #deaf = new Map<string, Date>();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  constructor(deps: DeafWatchDeps) {
    this.#deps = deps;
    this.#deafAfterMs = deps.deafAfterMs ?? DEAF_AFTER_MS;
    this.#startAnew(performance.now());
  }

  /** Null while every queue is heard, as far as anybody can know. */
  get deafSince(): Date | null {
    const times = Array.from(this.#deaf.values(), (since) => since.getTime());
    return times.length === 0 ? null : new Date(Math.min(...times));
  }

  /** The queue has delivered something. */
  heard(queue: string, now: number): void {
    this.#quietSince.set(queue, now);
    if (this.#deaf.delete(queue)) this.#deps.logger.info({ queue }, 'this queue delivers again');
  }

  /** To be called often. `couldHear`: a slot is free and the consumers are subscribed, so messages ought to come. */
  tick(now: number, couldHear: boolean): void {
    if (!couldHear) this.#startAnew(now);
    if (!couldHear || this.#looking || now - this.#lookedAt < this.#deafAfterMs / 3) return;
    const quiet = this.#deps.queues.filter((queue) => now - this.#quietFrom(queue) >= this.#deafAfterMs);
    if (quiet.length === 0) return;
    this.#lookedAt = now;
    this.#looking = this.#look(quiet).finally(() => {
      this.#looking = undefined;
    });
  }

  async #look(quiet: readonly string[]): Promise<void> {
    const deaf: string[] = [];
    for (const queue of quiet) if (await this.#isDeafFor(queue)) deaf.push(queue);
    if (deaf.length === 0) return;
    for (const queue of deaf) if (!this.#deaf.has(queue)) this.#deaf.set(queue, new Date(this.#deps.clock.now()));
    this.#deps.logger.error({ queues: deaf }, 'messages wait and none is delivered: the consumers are made anew');
    await this.#deps.rebuild();
    this.#startAnew(performance.now());
  }

  // Twice: a message that came just now is on its way.
  async #isDeafFor(queue: string): Promise<boolean> {
    const quietSince = this.#quietFrom(queue);
    if (!(await this.#hasMessages(queue))) return false;
    await pause(Math.min(CONFIRM_MS, this.#deafAfterMs / 3));
    return this.#quietFrom(queue) === quietSince && (await this.#hasMessages(queue));
  }

  async #hasMessages(queue: string): Promise<boolean> {
    const depth = await this.#deps.broker.depth(createdQueue(queue)).catch(() => undefined);
    // Others have taken everything: nothing is left that could prove these consumers good or bad.
    if (depth?.ready === 0) this.#deaf.delete(queue);
    return depth !== undefined && depth.ready > 0;
  }

  #startAnew(now: number): void {
    for (const queue of this.#deps.queues) this.#quietSince.set(queue, now);
  }

  #quietFrom(queue: string): number {
    return this.#quietSince.get(queue) ?? 0;
  }
}

const DEAF_AFTER_MS = 15_000;
const CONFIRM_MS = 1_000;
