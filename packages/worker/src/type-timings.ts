import type { WorkerType } from '@cloudtask/core/database/tables';

/** How long the handlers of each type took lately. From this the servers decide how many jobs one message may carry. */
export class TypeTimings {
  readonly #types = new Map<string, { meanMs: number | null; toldMs: number | null }>();

  constructor(types: Iterable<string>) {
    for (const type of types) this.#types.set(type, { meanMs: null, toldMs: null });
  }

  add(type: string, durationMs: number): void {
    const timing = this.#types.get(type);
    if (!timing) return;
    // A moving mean over about the last ten runs; the first run counts in full.
    timing.meanMs = timing.meanMs === null ? durationMs : timing.meanMs + (durationMs - timing.meanMs) * WEIGHT;
  }

  /** What to tell the servers. */
  read(): WorkerType[] {
    return [...this.#types].map(([type, { meanMs }]) => ({ type, meanMs: meanMs === null ? null : rounded(meanMs) }));
  }

  /** The servers know the present means from now on. */
  told(): void {
    for (const timing of this.#types.values()) timing.toldMs = timing.meanMs;
  }

  /** Whether what the servers know would make them do something else: half as long, or twice, or not known at all. */
  get haveChanged(): boolean {
    for (const { meanMs, toldMs } of this.#types.values()) {
      if (meanMs === null) continue;
      if (toldMs === null || meanMs > 2 * toldMs + NEGLIGIBLE_MS || meanMs < toldMs / 2 - NEGLIGIBLE_MS) return true;
    }
    return false;
  }
}

const WEIGHT = 0.1;
const NEGLIGIBLE_MS = 0.2;

function rounded(ms: number): number {
  return Math.round(ms * 1_000) / 1_000;
}
