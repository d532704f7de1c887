/**
 * How many messages a worker may hold. A hint must never wait behind a long job while another worker is idle, so what
 * is held beyond the free slots is at most what the slots took up in half of the last quarter of a second: nothing
 * for long jobs, two rounds for the fastest.
 */
export interface Demand {
  slots: number;
  free: number;
  /** Jobs that ended in the last `TURNOVER_MS`. */
  endedLately: number;
  /** Usual number of hints in a message. */
  hintsPerMessage: number;
}

const TURNOVER_MS = 250;

/** Hints worth holding while every slot is taken. 0: stop consuming before the next ack lets more of them in. */
export function hintsAhead({ slots, endedLately }: Pick<Demand, 'slots' | 'endedLately'>): number {
  return Math.min(2 * slots, Math.floor(endedLately / 2));
}

export function prefetchFor(demand: Demand): number {
  const ahead = hintsAhead(demand);
  const messages = Math.ceil((demand.free + ahead) / Math.max(1, demand.hintsPerMessage));
  // Where slots turn over within milliseconds, a few messages more keep them busy over a round trip to the broker.
  return Math.max(ahead >= demand.slots ? 4 : 1, messages);
}

/** Before anything is known: enough to fill the slots within some round trips, even when each message has one hint. */
export function firstPrefetch(slots: number): number {
  return Math.min(slots, Math.max(4, Math.ceil(slots / 10)));
}

/** Counts events over the last `TURNOVER_MS`, in steps of a fifth of it. */
export class Turnover {
  readonly #counts = new Array<number>(STEPS).fill(0);
  #step = 0;

  add(now: number): void {
    this.#forget(now);
    const index = this.#step % STEPS;
    this.#counts[index] = (this.#counts[index] ?? 0) + 1;
  }

  count(now: number): number {
    this.#forget(now);
    return this.#counts.reduce((sum, count) => sum + count, 0);
  }

  #forget(now: number): void {
    const step = Math.floor(now / STEP_MS);
    if (step - this.#step >= STEPS) this.#counts.fill(0);
    else for (let passed = this.#step + 1; passed <= step; passed += 1) this.#counts[passed % STEPS] = 0;
    this.#step = step;
  }
}

const STEPS = 5;
const STEP_MS = TURNOVER_MS / STEPS;
