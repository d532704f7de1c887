import type { HandlerMap } from './load-handlers.ts';

/**
 * How many jobs of a type this worker runs at a time, where its handler says so; of all lanes together. Jobs that are
 * being claimed count too.
 */
export class TypeLimits {
  readonly #limited = new Map<string, { limit: number; taken: number; meanMs: number }>();

  constructor(handlers: HandlerMap) {
    for (const { type, concurrency } of handlers.values()) {
      if (concurrency !== undefined) this.#limited.set(type, { limit: concurrency, taken: 0, meanMs: UNTIMED_MS });
    }
  }

  /** No handler has a limit: there is nothing to count. */
  get areNone(): boolean {
    return this.#limited.size === 0;
  }

  /** True: it may be claimed, and is counted until `give`. */
  take(type: string): boolean {
    const limited = this.#limited.get(type);
    if (!limited) return true;
    if (limited.taken >= limited.limit) return false;
    limited.taken += 1;
    return true;
  }

  /** It is claimed already, with or without room. */
  count(type: string): void {
    const limited = this.#limited.get(type);
    if (limited) limited.taken += 1;
  }

  /** It was not claimed after all, or has ended: then after so many milliseconds. */
  give(type: string, ranMs?: number): void {
    const limited = this.#limited.get(type);
    if (!limited) return;
    if (ranMs !== undefined) limited.meanMs += (ranMs - limited.meanMs) * WEIGHT;
    limited.taken -= 1;
  }

  hasRoom(type: string): boolean {
    const limited = this.#limited.get(type);
    return limited === undefined || limited.taken < limited.limit;
  }

  /** About how long a job waits here that has so many of its type before it. */
  waitMs(type: string, before: number): number {
    const limited = this.#limited.get(type);
    return limited === undefined ? 0 : ((before + 1) / limited.limit) * limited.meanMs;
  }
}

const UNTIMED_MS = 20;
const WEIGHT = 0.2;
