import type { CatchUp } from '@cloudtask/sdk/schedules-contract';
import { newestSlot, nextSlot, slotsBetween } from './slots.ts';
import type { Timing } from './timing.ts';

/** A slot that is older than this when a scheduler comes to it was missed. A restart of everything takes less. */
export const MISSED_AFTER_MS = 30_000;

export interface DueSlots {
  /** Oldest first. With other policies than `all` there may be more between the last two. */
  missed: Date[];
  onTime: Date[];
  /** Where the next turn begins; may be due already. Null: there is no slot any more. */
  nextAt: Date | null;
}

/** What has come due since `nextAt`, which is the first of them; of the missed ones some `most`. */
export function dueSlots(
  timing: Timing,
  { nextAt, now, catchUp, most }: { nextAt: Date; now: Date; catchUp: CatchUp; most: number },
): DueSlots {
  const before = new Date(nextAt.getTime() - 1);
  const missedUntil = new Date(now.getTime() - MISSED_AFTER_MS);
  const missed = slotsBetween(timing, { after: before, until: missedUntil }, most);
  const lastMissed = missed.at(-1);
  if (lastMissed && missed.length === most) {
    if (catchUp === 'all') return { missed, onTime: [], nextAt: nextSlot(timing, lastMissed) };
    const newest = newestSlot(timing, { after: lastMissed, until: missedUntil });
    if (newest) missed.push(newest);
  }
  const after = new Date(Math.max(before.getTime(), missedUntil.getTime()));
  // Slots are a second apart at least: these are few.
  const onTime = slotsBetween(timing, { after, until: now }, Number.POSITIVE_INFINITY);
  return { missed, onTime, nextAt: nextSlot(timing, onTime.at(-1) ?? missed.at(-1) ?? before) };
}
