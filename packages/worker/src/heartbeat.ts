import type { Database } from '@cloudtask/core/database/database';
import type { WorkerType } from '@cloudtask/core/database/tables';
import type { Logger } from '@cloudtask/core/logger';
import {
  HEARTBEAT_MS,
  type Heartbeat,
  type HeartbeatAnswer,
  heartbeat,
  LEASE_MS,
} from '@cloudtask/core/protocol/workers';

/** What a worker tells of itself. */
export interface WorkerStats {
  busy: number;
  types: readonly WorkerType[];
  lastDeliveryAt: Date | null;
  /** Since when it gets no deliveries though messages are waiting. */
  deafSince: Date | null;
  /** Since the last time they were asked for. */
  doneTokens: readonly string[];
  /** Something changed that the servers should know soon. */
  isUrgent: boolean;
}

/** `cancelled`: running jobs that are to stop. `drain`: the worker itself is. */
export type Wishes = Omit<HeartbeatAnswer, 'alive'>;

export interface HeartbeatEvents {
  /** Each answer: what somebody wants of this worker. */
  onAnswer(wishes: Wishes): void;
  /** Once: this worker's jobs are not its own any more, or may not be for all it can know. */
  onLost(why: string): void;
}

/** The heartbeats of one registration of a worker. */
export interface Heartbeats {
  /** Without waiting for the next one's time. */
  beatNow(): void;
  /** No more heartbeats. The lock, where there is one, is free after it. */
  close(): Promise<void>;
}

export interface HeartbeatOptions extends HeartbeatEvents {
  workerId: number;
  readStats(): WorkerStats;
  send(beat: Heartbeat): Promise<HeartbeatAnswer>;
  /** How long this worker trusts in its lease without an answer. */
  leaseMs?: number;
  logger: Pick<Logger, 'warn' | 'info'>;
}

/**
 * On the caller's thread, through its database: for embedded. There nobody else could take the jobs, so a handler that
 * blocks the thread, or a process that was stopped for a while, must not make the worker give them up.
 */
export function startHeartbeats({
  database,
  ...options
}: Omit<HeartbeatOptions, 'send'> & { database: Database }): Heartbeats {
  return new HeartbeatLoop({
    ...options,
    leaseMs: Number.POSITIVE_INFINITY,
    send: (beat) => heartbeat(database, beat),
  });
}

/**
 * Heartbeats each 5 s, sooner when something urgent changed or one failed. The trust in our own lease is measured from
 * when the last successful heartbeat was *sent*, on the monotonic clock: the database cannot have counted from earlier.
 */
export class HeartbeatLoop implements Heartbeats {
  readonly #options: HeartbeatOptions;
  readonly #timer: NodeJS.Timeout;
  readonly #leaseMs: number;
  #doneTokens: string[] = [];
  #dueAt = 0;
  #trustedUntil: number;
  #failures = 0;
  #beating: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: HeartbeatOptions) {
    this.#options = options;
    this.#leaseMs = options.leaseMs ?? LEASE_MS;
    this.#trustedUntil = performance.now() + this.#leaseMs;
    this.#timer = setInterval(() => this.#tick(), TICK_MS);
    this.#tick();
  }

  beatNow(): void {
    this.#dueAt = 0;
    this.#tick();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#timer);
    await this.#beating;
  }

  #tick(): void {
    if (this.#isClosed) return;
    const now = performance.now();
    if (now >= this.#trustedUntil) this.#lose('the database has not answered a heartbeat for a lease');
    if (this.#beating || this.#isClosed) return;
    const stats = this.#options.readStats();
    this.#doneTokens.push(...stats.doneTokens);
    if (now >= this.#dueAt || (stats.isUrgent && now >= this.#dueAt - HEARTBEAT_MS + URGENT_MS)) {
      this.#beating = this.#beat(stats, now).finally(() => {
        this.#beating = undefined;
      });
    }
  }

  async #beat({ busy, types, lastDeliveryAt, deafSince }: WorkerStats, sentAt: number): Promise<void> {
    const { workerId, send, onAnswer, logger } = this.#options;
    const doneTokens = this.#doneTokens.slice(0, MOST_TOKENS);
    this.#dueAt = sentAt + HEARTBEAT_MS;
    try {
      const { alive, ...wishes } = await send({ workerId, busy, types, lastDeliveryAt, deafSince, doneTokens });
      if (this.#isClosed) return;
      if (!alive) return this.#lose('this worker was declared dead');
      if (this.#failures > 0) logger.info({ workerId, failures: this.#failures }, 'heartbeats are answered again');
      this.#failures = 0;
      this.#trustedUntil = sentAt + this.#leaseMs;
      this.#doneTokens = this.#doneTokens.slice(doneTokens.length);
      onAnswer(wishes);
    } catch (err) {
      this.#failures += 1;
      this.#dueAt = performance.now() + RETRY_MS;
      if (this.#failures === 1) logger.warn({ workerId, err }, 'a heartbeat failed');
    }
  }

  #lose(why: string): void {
    this.#isClosed = true;
    clearInterval(this.#timer);
    this.#options.onLost(why);
  }
}

const TICK_MS = 250;
const URGENT_MS = 1_000;
const RETRY_MS = 500;
const MOST_TOKENS = 10_000;
