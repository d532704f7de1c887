import { nextCronSlot } from './cron-slots.ts';
import { nextEverySlot } from './every-slots.ts';
import type { Timing } from './timing.ts';

/** The first slot after a time. Null when there is none any more (cron: within 40 years). */
export function nextSlot(timing: Timing, after: Date): Date | null {
  return timing.kind === 'cron' ? nextCronSlot(timing, after) : nextEverySlot(timing, after);
}

export interface SlotRange {
  /** Not included. */
  after: Date;
  /** Included. */
  until: Date;
}

/** The slots of a range, oldest first, at most `most`. */
export function slotsBetween(timing: Timing, { after, until }: SlotRange, most: number): Date[] {
  const slots: Date[] = [];
  for (
    let slot = nextSlot(timing, after);
    slot && slot <= until && slots.length < most;
    slot = nextSlot(timing, slot)
  ) {
    slots.push(slot);
  }
  return slots;
}

/**
 * The newest slots of a range, oldest first, at most `most`. Walks pieces of it from its end, longer ones as long as they
 * hold few slots: the cost is that of some times `most` slots, not of all that there are.
 */
export function newestSlots(timing: Timing, { after, until }: SlotRange, most: number): Date[] {
  let newest: Date[] = [];
  let end = until;
  // Slots are a second apart at least.
  let spanMs = most * 1_000;
  while (newest.length < most && end > after) {
    const begin = new Date(Math.max(after.getTime(), end.getTime() - spanMs));
    const piece = slotsBetween(timing, { after: begin, until: end }, most + 1);
    if (piece.length > most) {
      spanMs /= 2;
      continue;
    }
    newest = [...piece, ...newest];
    end = begin;
    spanMs *= 2;
  }
  return newest.slice(-most);
}

/** The newest slot of a range. Halves the range instead of walking it: some 40 looks, also for a year of seconds. */
export function newestSlot(timing: Timing, { after, until }: SlotRange): Date | null {
  const isFollowed = (atMs: number) => {
    const next = nextSlot(timing, new Date(atMs));
    return next !== null && next <= until;
  };
  let [low, high] = [after.getTime(), until.getTime()];
  if (!isFollowed(low)) return null;
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isFollowed(middle)) low = middle;
    else high = middle;
  }
  return nextSlot(timing, new Date(low));
}
