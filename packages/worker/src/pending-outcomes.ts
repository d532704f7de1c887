import type { AttemptRef } from '@cloudtask/core/messages';
import type { Claim } from './attempt.ts';

/** An outcome that has not been seen settled. The event is JSON text: small to keep, and written only once. */
export interface PendingOutcome extends AttemptRef {
  readonly userId: string;
  readonly claim: Claim;
  readonly text: string;
  readonly endedAt: number;
}

/** Outcomes that were given to the broker, by the time of its confirm; and how much there is of all that is pending. */
export class PendingOutcomes {
  #batches: { sentAt: number; outcomes: readonly PendingOutcome[] }[] = [];
  #doneTokens: string[] = [];
  #count = 0;
  #bytes = 0;

  get count(): number {
    return this.#count;
  }

  /** Too much to take on more work: what is unsettled has to be kept, and memory is not endless. */
  get isFull(): boolean {
    return this.#count > MOST_PENDING || this.#bytes > MOST_PENDING_BYTES;
  }

  add(outcome: PendingOutcome): void {
    this.#count += 1;
    this.#bytes += outcome.text.length;
  }

  sent(outcomes: readonly PendingOutcome[], sentAt: number): void {
    this.#batches.push({ sentAt, outcomes });
  }

  /** Takes out what was sent before that time. Whoever takes it sees to it. */
  takeSentBefore(time: number): PendingOutcome[] {
    const due = this.#batches.filter((batch) => batch.sentAt <= time);
    if (due.length === 0) return [];
    this.#batches = this.#batches.filter((batch) => batch.sentAt > time);
    return due.flatMap((batch) => batch.outcomes);
  }

  /** It is settled, by us or by others: nothing more is owed. */
  settled({ claim, text }: PendingOutcome): void {
    this.#count -= 1;
    this.#bytes -= text.length;
    this.forget(claim, 1);
  }

  /** So many jobs of a claim need no watching any more. */
  forget(claim: Claim, jobs: number): void {
    claim.unsettled -= jobs;
    if (claim.unsettled === 0) this.#doneTokens.push(claim.token);
  }

  /** Claims whose every job was seen settled, for the next heartbeat. */
  takeDoneTokens(): string[] {
    return this.#doneTokens.splice(0);
  }
}

// At 30,000 jobs a second, and a read each 2 s of what is older than 2 s, some 120,000 are pending.
const MOST_PENDING = 300_000;
const MOST_PENDING_BYTES = 192 * 1024 * 1024;
