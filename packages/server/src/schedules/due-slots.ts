import type { CatchUp } from '@cloudtask/sdk/schedules-contract';
import { DAY_MS } from './clock-changes.ts';
import { newestSlot, newestSlots, nextSlot, slotsBetween } from './slots.ts';
import type { Timing } from './timing.ts';

/** A slot that is older than this when a scheduler comes to it was missed. A restart of everything takes less. */
export const MISSED_AFTER_MS = 30_000;

/** Of the missed slots `all` makes jobs for the newest so many, if they are not older than this. */
const MOST_MADE_UP = 1_000;
const MADE_UP_WITHIN_MS = DAY_MS;
/** Under `latest` and `none` each of the newest so many is noted by itself. */
const MOST_NOTED = 100;

export interface DueSlots {
  /** All that came due before `missed`: too many, or too long ago, to say of each what became of it. */
  passedOver: PassedOver | null;
  /** Oldest first. */
  missed: Date[];
  onTime: Date[];
  /** Where the next turn begins; may be due already. Null: there is no slot any more. */
  nextAt: Date | null;
}

export interface PassedOver {
  since: Date;
  newest: Date;
}

export interface DueAt {
  /** The first of them. */
  nextAt: Date;
  now: Date;
  /** The end of the newest pause: what came due before was missed. */
  resumedAt: Date | null;
  catchUp: CatchUp;
  /** Missed slots that `all` may make up for in this turn; the next goes on behind them. */
  most: number;
}

/** What has come due since `nextAt`. */
export function dueSlots(timing: Timing, { nextAt, now, resumedAt, catchUp, most }: DueAt): DueSlots {
  const before = new Date(nextAt.getTime() - 1);
  const missedUntil = lastMissed(now, resumedAt);
  const { passedOver, missed } = missedSlots(timing, { after: before, until: missedUntil }, { now, catchUp });
  if (catchUp === 'all' && missed.length > most) {
    return { passedOver, missed: missed.slice(0, most), onTime: [], nextAt: missed[most] ?? null };
  }
  const after = new Date(Math.max(before.getTime(), missedUntil.getTime()));
  // Slots are a second apart at least: these are few.
  const onTime = slotsBetween(timing, { after, until: now }, Number.POSITIVE_INFINITY);
  const last = onTime.at(-1) ?? missed.at(-1) ?? passedOver?.newest ?? before;
  return { passedOver, missed, onTime, nextAt: nextSlot(timing, last) };
}

function lastMissed(now: Date, resumedAt: Date | null): Date {
  const tooLate = now.getTime() - MISSED_AFTER_MS;
  return new Date(Math.max(tooLate, (resumedAt?.getTime() ?? 0) - 1));
}

function missedSlots(
  timing: Timing,
  range: { after: Date; until: Date },
  { now, catchUp }: Pick<DueAt, 'now' | 'catchUp'>,
): Pick<DueSlots, 'passedOver' | 'missed'> {
  const since = nextSlot(timing, range.after);
  if (!since || since > range.until) return { passedOver: null, missed: [] };
  const oldest = catchUp === 'all' ? now.getTime() - MADE_UP_WITHIN_MS : Number.NEGATIVE_INFINITY;
  const after = new Date(Math.max(range.after.getTime(), oldest));
  const missed = newestSlots(timing, { ...range, after }, catchUp === 'all' ? MOST_MADE_UP : MOST_NOTED);
  const until = new Date((missed[0]?.getTime() ?? range.until.getTime() + 1) - 1);
  const newest = newestSlot(timing, { after: range.after, until });
  return { passedOver: newest && { since, newest }, missed };
}
