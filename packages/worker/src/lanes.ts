import type { SlotLane } from '@cloudtask/core/protocol/live-workers';
import type { AbortKind } from '@cloudtask/sdk/handler-errors';
import { Lane, type LaneDeps } from './lane.ts';
import type { AbortOptions } from './running-jobs.ts';

/** All lanes of a worker, opened, stopped and asked together. */
export class Lanes {
  readonly #lanes: readonly Lane[];
  readonly slots: number;

  constructor(lanes: readonly SlotLane[], deps: LaneDeps) {
    this.#lanes = lanes.map((lane, index) => new Lane(lane, deps, () => this.#pumpAfter(index)));
    this.slots = lanes.reduce((sum, { slots }) => sum + slots, 0);
  }

  async open(): Promise<void> {
    for (const { intake } of this.#lanes) await intake.open();
  }

  /** No lane takes a job after it; what is held has been given back. */
  async close(): Promise<void> {
    await Promise.all(this.#lanes.map(({ intake }) => intake.close()));
  }

  get busy(): number {
    return this.#lanes.reduce((sum, { running }) => sum + running.busy, 0);
  }

  /** Whether the answer to a claim is on its way. */
  get isClaiming(): boolean {
    return this.#lanes.some(({ intake }) => intake.isClaiming);
  }

  get isSubscribed(): boolean {
    return this.#lanes.every(({ intake }) => intake.isSubscribed);
  }

  /** Since when a lane gets no deliveries though messages are waiting. */
  get deafSince(): Date | null {
    return earliest(this.#lanes.map(({ intake }) => intake.deafSince));
  }

  get lastDeliveryAt(): Date | null {
    const times = this.#lanes.flatMap(({ intake }) => intake.lastDeliveryAt?.getTime() ?? []);
    return times.length === 0 ? null : new Date(Math.max(...times));
  }

  get hasUnknownClaims(): boolean {
    return this.#lanes.some(({ intake }) => intake.hasUnknownClaims);
  }

  get earliestInlineDeadline(): number {
    return Math.min(...this.#lanes.map(({ running }) => running.earliestInlineDeadline));
  }

  isRunning(jobId: string): boolean {
    return this.#lanes.some(({ running }) => running.isRunning(jobId));
  }

  abort(kind: AbortKind, options?: AbortOptions): void {
    for (const { running } of this.#lanes) running.abort(kind, options);
  }

  /** Resolves when nothing runs and nothing is being claimed. */
  async idle(): Promise<void> {
    await Promise.all(this.#lanes.map(({ running }) => running.idle()));
  }

  /** Those that run go on; what was held goes back. */
  pause(): void {
    for (const { intake } of this.#lanes) void intake.pause();
  }

  resume(): void {
    for (const { intake } of this.#lanes) intake.resume();
  }

  async lookForWork(types: readonly string[]): Promise<boolean> {
    const found = await Promise.all(this.#lanes.map(({ intake }) => intake.lookForWork(types)));
    return found.includes(true) || this.busy > 0;
  }

  pumpSoon(): void {
    for (const { intake } of this.#lanes) intake.pumpSoon();
  }

  /** The others, beginning with the next: so all of them have their turn. */
  #pumpAfter(index: number): void {
    for (let step = 1; step < this.#lanes.length; step += 1) {
      this.#lanes[(index + step) % this.#lanes.length]?.intake.pumpSoon();
    }
  }
}

function earliest(times: readonly (Date | null)[]): Date | null {
  const known = times.flatMap((time) => time?.getTime() ?? []);
  return known.length === 0 ? null : new Date(Math.min(...known));
}
