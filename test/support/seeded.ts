/** A random number generator whose seed is printed, so that a failure can be run again (mulberry32). */
export interface Seeded {
  readonly seed: number;
  /** In [0, 1). */
  next(): number;
  below(limit: number): number;
  pick<T>(items: readonly T[]): T;
}

export function seeded(seed = Number(process.env.CLOUDTASK_TEST_SEED ?? Math.floor(Math.random() * 2 ** 31))): Seeded {
  let state = seed | 0;
  function next(): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (limit: number) => Math.floor(next() * limit);
  return { seed, next, below, pick: <T>(items: readonly T[]) => items[below(items.length)] as T };
}
