import type { Hint } from '@cloudtask/core/messages';
import type { TypeLimits } from './type-limits.ts';

/**
 * Jobs that were offered while as many of their type ran as may. They are in nobody's hands: the database offers them
 * again after a while, to any worker. What is remembered here only saves that while when there is room before.
 * The oldest jobs are kept, and go first: none is overtaken for ever.
 */
export class ParkedHints {
  readonly #byType = new Map<string, string[]>();

  get size(): number {
    let size = 0;
    for (const ids of this.#byType.values()) size += ids.length;
    return size;
  }

  count(type: string): number {
    return this.#byType.get(type)?.length ?? 0;
  }

  add({ id, type }: Hint): void {
    const ids = this.#byType.get(type) ?? [];
    this.#byType.set(type, ids);
    // Ids begin with their time.
    const at = ids.findLastIndex((each) => each <= id);
    if (ids[at] === id) return;
    ids.splice(at + 1, 0, id);
    if (ids.length > MOST_PER_TYPE) ids.pop();
  }

  /** At most so many whose types have room, which is taken for them. */
  take(count: number, limits: TypeLimits): Hint[] {
    const taken: Hint[] = [];
    for (const [type, ids] of this.#byType) {
      while (ids.length > 0 && taken.length < count && limits.take(type))
        taken.push({ id: ids.shift() as string, type });
    }
    return taken;
  }

  hasWork(limits: TypeLimits): boolean {
    for (const [type, ids] of this.#byType) if (ids.length > 0 && limits.hasRoom(type)) return true;
    return false;
  }

  clear(): string[] {
    const ids = [...this.#byType.values()].flat();
    this.#byType.clear();
    return ids;
  }
}

const MOST_PER_TYPE = 1_000;
