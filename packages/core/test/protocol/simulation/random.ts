/** Random numbers that a seed decides: the same seed, the same history (mulberry32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** In [0, 1). */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  }

  chance(probability: number): boolean {
    return this.next() < probability;
  }

  /** 0 … below - 1 */
  below(below: number): number {
    return Math.floor(this.next() * below);
  }

  pick<T>(from: readonly T[]): T | undefined {
    return from[this.below(from.length)];
  }

  /** Takes some items out of a list, each one with a chance to stay behind as well (a message that comes twice). */
  take<T>(from: T[], most: number, chanceToStay = 0): T[] {
    const taken: T[] = [];
    for (let n = 0; n < most && from.length > 0; n++) {
      const at = this.below(from.length);
      taken.push(from[at] as T);
      if (!this.chance(chanceToStay)) from.splice(at, 1);
    }
    return taken;
  }

  weighted<T>(choices: readonly (readonly [weight: number, choice: T])[]): T {
    let rest = this.next() * choices.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, choice] of choices) {
      rest -= weight;
      if (rest <= 0) return choice;
    }
    throw new Error('nothing to choose from');
  }

  uuid(): string {
    return `${this.#hex(8)}-${this.#hex(4)}-4${this.#hex(3)}-8${this.#hex(3)}-${this.#hex(12)}`;
  }

  /** A UUIDv7 of that time. */
  idAt(time: number): string {
    const hex = time.toString(16).padStart(12, '0');
    return `${hex.slice(0, 8)}-${hex.slice(8)}-7${this.#hex(3)}-8${this.#hex(3)}-${this.#hex(12)}`;
  }

  #hex(digits: number): string {
    return Array.from({ length: digits }, () => this.below(16).toString(16)).join('');
  }
}
