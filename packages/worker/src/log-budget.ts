import { JOURNAL_LIMITS } from './journal-limits.ts';

/** Counts the lines of one attempt, and their bytes, up to the most that is kept of them. */
export class LogBudget {
  #lines = 0;
  #bytes = 0;

  /** No line fits any more, however short: there is no need to look at it. */
  get isSpent(): boolean {
    return this.#lines >= JOURNAL_LIMITS.lines || this.#bytes >= JOURNAL_LIMITS.logBytes;
  }

  hasRoomFor(bytes: number): boolean {
    return !this.isSpent && this.#bytes + bytes <= JOURNAL_LIMITS.logBytes;
  }

  take(bytes: number): void {
    this.#lines += 1;
    this.#bytes += bytes;
  }
}
