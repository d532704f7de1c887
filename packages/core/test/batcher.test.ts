import { describe, expect, it } from 'vitest';
import { type Batcher, createBatcher } from '../src/batcher.ts';

/** A batcher whose flushes end when the test says so. Doubles its items. */
function gated(options: { maxItems?: number; inFlight?: number; maxBytes?: number } = {}) {
  const flushes: { items: number[]; succeed(): void; fail(error: Error): void }[] = [];
  const batcher: Batcher<number, number> = createBatcher<number, number>({
    maxItems: 100,
    sizeOf: (item) => item,
    ...options,
    flush(items) {
      const { promise, resolve, reject } = Promise.withResolvers<number[]>();
      flushes.push({ items, succeed: () => resolve(items.map((item) => item * 2)), fail: reject });
      return promise;
    },
  });
  return { batcher, flushes, batches: () => flushes.map(({ items }) => items) };
}

/** All microtasks that are due have run. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('batcher', () => {
  it('flushes an item at once when nothing is in flight', async () => {
    const { batcher, flushes, batches } = gated();
    const result = batcher.add(1);
    await settled();
    expect(batches()).toEqual([[1]]);
    flushes[0]?.succeed();
    expect(await result).toBe(2);
  });

  it('sends together what is added in the same tick', async () => {
    const { batcher, batches } = gated();
    void batcher.add(1);
    void batcher.addMany([2, 3]);
    void batcher.add(4);
    await settled();
    expect(batches()).toEqual([[1, 2, 3, 4]]);
  });

  it('gathers what is added while the flushes it may have are in flight', async () => {
    const { batcher, flushes, batches } = gated({ inFlight: 1 });
    void batcher.add(1);
    await settled();
    for (const item of [2, 3, 4]) {
      void batcher.add(item);
      await settled();
    }
    expect(batches()).toEqual([[1]]);
    flushes[0]?.succeed();
    await settled();
    expect(batches()).toEqual([[1], [2, 3, 4]]);
  });

  it.each([1, 2, 3])('never has more than %i flushes in flight when told so', async (inFlight) => {
    const { batcher, flushes } = gated({ inFlight, maxItems: 1 });
    const all = batcher.addMany([1, 2, 3, 4, 5]);
    await settled();
    expect(flushes.length).toBe(inFlight);
    for (let ended = 0; ended < 5; ended += 1) {
      flushes[ended]?.succeed();
      await settled();
      expect(flushes.length).toBe(Math.min(5, inFlight + ended + 1));
    }
    expect(await all).toEqual([2, 4, 6, 8, 10]);
  });

  it('gives each its own result, in order, when flushes end in another order', async () => {
    const { batcher, flushes, batches } = gated({ maxItems: 2, inFlight: 3 });
    const results = Promise.all([batcher.add(1), batcher.addMany([2, 3, 4]), batcher.add(5)]);
    await settled();
    expect(batches()).toEqual([[1, 2], [3, 4], [5]]);
    for (const flush of flushes.toReversed()) {
      flush.succeed();
      await settled();
    }
    expect(await results).toEqual([2, [4, 6, 8], 10]);
  });

  it('takes no more items than allowed, and keeps their order over many flushes', async () => {
    const batches: number[][] = [];
    const batcher = createBatcher<number, number>({
      maxItems: 7,
      async flush(items) {
        batches.push(items);
        return items.map((item) => item * 2);
      },
    });
    const items = Array.from({ length: 100 }, (_, index) => index);
    expect(await batcher.addMany(items)).toEqual(items.map((item) => item * 2));
    expect(batches.every(({ length }) => length <= 7)).toBe(true);
    expect(batches.flat()).toEqual(items);
  });

  it.each([
    {
      why: 'ends a batch before it would be too large',
      items: [4, 4, 4, 4],
      batches: [
        [4, 4],
        [4, 4],
      ],
    },
    { why: 'fills a batch to the brim', items: [5, 5, 5], batches: [[5, 5], [5]] },
    { why: 'sends a larger item alone', items: [3, 25, 3], batches: [[3], [25], [3]] },
    { why: 'sends a larger item alone, as the first too', items: [25, 3, 3], batches: [[25], [3, 3]] },
  ])('$why', async ({ items, batches }) => {
    const each = gated({ maxBytes: 10, inFlight: 10 });
    void each.batcher.addMany(items);
    await settled();
    expect(each.batches()).toEqual(batches);
  });

  it('splits neighbours of different callers by size too', async () => {
    const { batcher, batches } = gated({ maxBytes: 10, inFlight: 10 });
    for (const item of [6, 6, 3, 2]) void batcher.add(item);
    await settled();
    expect(batches()).toEqual([[6], [6, 3], [2]]);
  });

  it('rejects all items of a flush that failed, and no others', async () => {
    const { batcher, flushes } = gated({ maxItems: 2, inFlight: 3 });
    const results = Promise.allSettled([batcher.add(1), batcher.addMany([2, 3]), batcher.add(4), batcher.add(5)]);
    await settled();
    flushes[0]?.succeed();
    flushes[1]?.fail(new Error('no'));
    flushes[2]?.succeed();
    expect((await results).map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'fulfilled']);
  });

  it('rejects when flush throws before it returns a promise, and goes on', async () => {
    let isBroken = true;
    const batcher = createBatcher<number, number>({
      maxItems: 1,
      flush(items) {
        if (isBroken) throw new Error('broken');
        return Promise.resolve(items);
      },
    });
    await expect(batcher.add(1)).rejects.toThrow('broken');
    isBroken = false;
    expect(await batcher.add(2)).toBe(2);
  });

  it('answers nothing for nothing, without a flush', async () => {
    const { batcher, flushes } = gated();
    expect(await batcher.addMany([])).toEqual([]);
    await settled();
    expect(flushes).toEqual([]);
  });

  it('counts what waits and what is in flight', async () => {
    const { batcher, flushes } = gated({ maxItems: 2, inFlight: 1 });
    void batcher.addMany([1, 2, 3]);
    expect(batcher.size).toBe(3);
    await settled();
    expect(batcher.size).toBe(3);
    flushes[0]?.succeed();
    await settled();
    expect(batcher.size).toBe(1);
    flushes[1]?.succeed();
    await settled();
    expect(batcher.size).toBe(0);
  });
});

describe('draining a batcher', () => {
  it('is done at once when there is nothing', async () => {
    await gated().batcher.drain();
  });

  it('waits for what is in flight and for what waits', async () => {
    const { batcher, flushes } = gated({ maxItems: 1, inFlight: 1 });
    void batcher.addMany([1, 2, 3]);
    const drained = watch(batcher.drain());
    for (const count of [1, 2, 3]) {
      await settled();
      expect(flushes.length).toBe(count);
      expect(drained.isDone).toBe(false);
      flushes.at(-1)?.succeed();
    }
    await settled();
    expect(drained.isDone).toBe(true);
  });

  it('resolves also when flushes fail', async () => {
    const { batcher, flushes } = gated({ maxItems: 1, inFlight: 1 });
    batcher.addMany([1, 2]).catch(() => {});
    const drained = watch(batcher.drain());
    for (const _ of [1, 2]) {
      await settled();
      flushes.at(-1)?.fail(new Error('no'));
    }
    await settled();
    expect(flushes.length).toBe(2);
    expect(drained.isDone).toBe(true);
  });

  it('does not wait for what is added later', async () => {
    const { batcher, flushes } = gated({ maxItems: 1, inFlight: 1 });
    void batcher.add(1);
    await settled();
    const drained = watch(batcher.drain());
    void batcher.add(2);
    flushes[0]?.succeed();
    await settled();
    expect(drained.isDone).toBe(true);
    expect(batcher.size).toBe(1);
  });
});

function watch(promise: Promise<void>): { isDone: boolean } {
  const state = { isDone: false };
  void promise.then(() => {
    state.isDone = true;
  });
  return state;
}
