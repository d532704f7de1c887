import type { Delivery } from '@cloudtask/core/broker/broker';
import type { Hint } from '@cloudtask/core/messages';

/** A hint that this worker holds; its delivery is acked when all hints of its chunk are disposed of. */
export interface HeldHint extends Hint {
  readonly chunk: Chunk;
}

interface Chunk {
  readonly delivery: Delivery;
  readonly arrivedAt: number;
  /** Hints not yet disposed of. */
  left: number;
  /** True while none of its hints was taken or disposed of: then the message can go back as it is. */
  isWhole: boolean;
}

/** Hints that wait for a slot, first in, first out. Times are milliseconds on the monotonic clock. */
export class HintBuffer {
  #waiting: HeldHint[] = [];
  #taken = 0;

  get size(): number {
    return this.#waiting.length - this.#taken;
  }

  /** Answers the hints that `canRun` refuses; they are held too, and have to be disposed of. */
  add(delivery: Delivery, hints: readonly Hint[], canRun: (type: string) => boolean, now: number): HeldHint[] {
    const chunk: Chunk = { delivery, arrivedAt: now, left: hints.length, isWhole: true };
    const refused: HeldHint[] = [];
    for (const { id, type } of hints) {
      const held = { id, type, chunk };
      if (canRun(type)) this.#waiting.push(held);
      else refused.push(held);
    }
    if (refused.length > 0) chunk.isWhole = false;
    if (hints.length === 0) delivery.ack();
    return refused;
  }

  /** One that no message brought: nothing is owed for it. */
  static loose({ id, type }: Hint): HeldHint {
    const delivery = { body: NOTHING, redelivered: false, ack() {}, requeue() {} };
    return { id, type, chunk: { delivery, arrivedAt: 0, left: 1, isWhole: false } };
  }

  take(count: number): HeldHint[] {
    const taken = this.#waiting.slice(this.#taken, this.#taken + count);
    this.#taken += taken.length;
    for (const hint of taken) hint.chunk.isWhole = false;
    if (this.#taken === this.#waiting.length) this.#empty();
    else if (this.#taken > COMPACT_AT) this.#compact();
    return taken;
  }

  /** Claimed, surplus or released: nothing more is owed for these hints. */
  dispose(hints: readonly HeldHint[]): void {
    for (const { chunk } of hints) {
      chunk.isWhole = false;
      chunk.left -= 1;
      if (chunk.left === 0) chunk.delivery.ack();
    }
  }

  /** Milliseconds that the oldest hint has been waiting. */
  oldestWaitMs(now: number): number {
    const oldest = this.#waiting[this.#taken];
    return oldest === undefined ? 0 : now - oldest.chunk.arrivedAt;
  }

  /** Takes everything out: messages that can go back to the queue whole, and hints of messages that were begun. */
  clear(): { whole: Delivery[]; parts: HeldHint[] } {
    const whole = new Set<Delivery>();
    const parts: HeldHint[] = [];
    for (const hint of this.#waiting.slice(this.#taken)) {
      if (hint.chunk.isWhole) whole.add(hint.chunk.delivery);
      else parts.push(hint);
    }
    this.#empty();
    return { whole: [...whole], parts };
  }

  #empty(): void {
    this.#waiting = [];
    this.#taken = 0;
  }

  #compact(): void {
    this.#waiting = this.#waiting.slice(this.#taken);
    this.#taken = 0;
  }
}

const COMPACT_AT = 1_024;
const NOTHING = Buffer.alloc(0);
