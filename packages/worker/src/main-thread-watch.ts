/**
 * What the heartbeat thread can see of the main thread while that is blocked: a counter that stands still, and the
 * earliest deadline of what runs there. Shared memory, because a blocked thread sends no messages.
 * Times are milliseconds on the monotonic clock, which is the same in all threads of a process.
 */
export class MainThreadWatch {
  readonly shared: SharedArrayBuffer;
  readonly #pulses: Int32Array;
  readonly #deadline: Float64Array;

  constructor(shared = new SharedArrayBuffer(16)) {
    this.shared = shared;
    this.#pulses = new Int32Array(shared, 0, 1);
    this.#deadline = new Float64Array(shared, 8, 1);
  }

  /** "I am here." */
  pulse(): void {
    Atomics.add(this.#pulses, 0, 1);
  }

  get pulses(): number {
    return Atomics.load(this.#pulses, 0);
  }

  /** 0: nothing runs that has a deadline. */
  get deadlineAt(): number {
    return this.#deadline[0] ?? 0;
  }

  /** Something starts that ends by then at the latest. Called before it can block. */
  mindDeadline(deadlineAt: number): void {
    const earliest = this.deadlineAt;
    if (Number.isFinite(deadlineAt) && (earliest === 0 || deadlineAt < earliest)) this.#deadline[0] = deadlineAt;
  }

  /** The earliest of all that runs, now and then: what ended must not count for ever. */
  setDeadline(deadlineAt: number): void {
    this.#deadline[0] = Number.isFinite(deadlineAt) ? deadlineAt : 0;
  }
}

/** Milliseconds that mean the same in every thread; `performance.now()` counts from the start of its own. */
export function processNow(): number {
  return Number(process.hrtime.bigint() / 1_000n) / 1_000;
}
