/**
 * Natural batching: an item is flushed at once when nothing is in flight, and gathers with others while something is.
 * No timers: an idle system has the shortest latency, a busy one makes the largest batches, and nothing is tuned.
 */
export interface Batcher<Item, Result> {
  /** Resolves with the item's own result. */
  add(item: Item): Promise<Result>;
  /** The same for many at once, with one promise; they may be split over flushes. */
  addMany(items: readonly Item[]): Promise<Result[]>;
  /** Items that wait or are in flight. */
  readonly size: number;
  /** Resolves when everything added so far is flushed. */
  drain(): Promise<void>;
}

export interface BatcherOptions<Item, Result> {
  /** Gets 1…maxItems items; answers one result per item, in order. When it rejects, all of its items reject. */
  flush(items: Item[]): Promise<readonly Result[]>;
  maxItems: number;
  /** With `maxBytes`: an upper bound for the sum of sizes (a single larger item goes alone). */
  sizeOf?: (item: Item) => number;
  maxBytes?: number;
  /** Flushes in flight at a time. Default 2: one travels while the next is prepared. */
  inFlight?: number;
}

interface Group<Item, Result> {
  items: readonly Item[];
  taken: number;
  results: Result[];
  settled: number;
  resolve(results: Result[]): void;
  reject(error: unknown): void;
}

export function createBatcher<Item, Result = void>(options: BatcherOptions<Item, Result>): Batcher<Item, Result> {
  const limit = options.inFlight ?? 2;
  const groups: Group<Item, Result>[] = [];
  const flushes = new Set<Promise<void>>();
  let waiting = 0;
  let travelling = 0;
  let scheduled = false;

  function addMany(items: readonly Item[]): Promise<Result[]> {
    if (items.length === 0) return Promise.resolve([]);
    return new Promise((resolve, reject) => {
      groups.push({ items, taken: 0, results: new Array<Result>(items.length), settled: 0, resolve, reject });
      waiting += items.length;
      schedule();
    });
  }

  // One microtask later, so that what is added in the same tick travels together.
  function schedule(): void {
    if (scheduled || flushes.size >= limit) return;
    scheduled = true;
    queueMicrotask(() => {
      scheduled = false;
      while (waiting > 0 && flushes.size < limit) start();
    });
  }

  function start(): void {
    const batch = takeBatch();
    travelling += batch.items.length;
    const flush = runFlush(batch).finally(() => {
      travelling -= batch.items.length;
      flushes.delete(flush);
      if (waiting > 0) schedule();
    });
    flushes.add(flush);
  }

  interface Part {
    group: Group<Item, Result>;
    from: number;
    count: number;
  }

  function takeBatch(): { items: Item[]; parts: Part[] } {
    const items: Item[] = [];
    const parts: Part[] = [];
    let bytes = 0;
    for (let group = groups[0]; group !== undefined && items.length < options.maxItems; group = groups[0]) {
      const from = group.taken;
      while (group.taken < group.items.length && items.length < options.maxItems) {
        const item = group.items[group.taken] as Item;
        const size = options.sizeOf?.(item) ?? 0;
        if (items.length > 0 && options.maxBytes !== undefined && bytes + size > options.maxBytes) break;
        bytes += size;
        items.push(item);
        group.taken += 1;
      }
      if (group.taken > from) parts.push({ group, from, count: group.taken - from });
      if (group.taken < group.items.length) break;
      groups.shift();
    }
    waiting -= items.length;
    return { items, parts };
  }

  async function runFlush({ items, parts }: { items: Item[]; parts: Part[] }): Promise<void> {
    try {
      const results = await options.flush(items);
      let next = 0;
      for (const { group, from, count } of parts) {
        for (let i = 0; i < count; i += 1) group.results[from + i] = results[next++] as Result;
        group.settled += count;
        if (group.settled === group.items.length) group.resolve(group.results);
      }
    } catch (error) {
      for (const { group } of parts) group.reject(error);
    }
  }

  return {
    add: async (item) => (await addMany([item]))[0] as Result,
    addMany,
    get size() {
      return waiting + travelling;
    },
    async drain() {
      // Taken in order: when the last group is out of the line, all before it travel already. What is added
      // meanwhile is not waited for, or a busy batcher would never be drained.
      const last = groups.at(-1);
      while (last !== undefined && groups.includes(last)) await Promise.allSettled(flushes);
      await Promise.allSettled(flushes);
    },
  };
}
