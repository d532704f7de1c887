/** Lets a few through at a time, a few more wait, and the rest is refused at once. */
export interface Turnstile {
  pass<T>(work: () => Promise<T>): Promise<T>;
}

export interface TurnstileOptions {
  atOnce: number;
  waiting: number;
  /** What those get who find the waiting list full. */
  refuse: () => Error;
}

export function createTurnstile({ atOnce, waiting, refuse }: TurnstileOptions): Turnstile {
  const queue: (() => void)[] = [];
  let inside = 0;

  async function enter(): Promise<void> {
    if (inside < atOnce) {
      inside += 1;
      return;
    }
    if (queue.length >= waiting) throw refuse();
    // Whoever leaves hands its place over, so that nobody new slips in between.
    await new Promise<void>((resolve) => queue.push(resolve));
  }

  function leave(): void {
    const next = queue.shift();
    if (next) next();
    else inside -= 1;
  }

  return {
    async pass(work) {
      await enter();
      try {
        return await work();
      } finally {
        leave();
      }
    },
  };
}
