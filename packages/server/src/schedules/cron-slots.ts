import { DAY_MS, nextChange, offsetAt, repeatUntil } from './clock-changes.ts';
import { type CronExpression, HORIZON_YEARS, parseCron } from './cron-expression.ts';
import type { CronTiming } from './timing.ts';

/**
 * The first slot after a time; null when there is none within 40 years.
 *
 * Between two clock changes local time is UTC plus a constant, so the walk goes from change to change:
 *
 *     ──── offset −5 h ────┤ 02:00 → 03:00 ├──── offset −4 h ────┤ 02:00 → 01:00 ├──── offset −5 h ────
 *                           left out: a time                      repeated: a time
 *                           in there runs at the                  in the second 01:00…02:00
 *                           change (`after`)                      is left out (`first`)
 *
 * An interval expression runs whenever the clock on the wall shows one of its times: nothing is moved, nothing left out.
 */
export function nextCronSlot(timing: CronTiming, after: Date): Date | null {
  const expression = parseCron(timing.cron);
  const fromMs = after.getTime() + 1;
  const horizonMs = fromMs + HORIZON_YEARS * 366 * DAY_MS;
  // A change at this very millisecond has a gap before it.
  let atMs: number | null = fromMs - 1;
  for (let steps = 0; steps < MOST_STEPS && atMs !== null && atMs < horizonMs; steps += 1) {
    const stretch: Stretch = stretchFrom(timing.timezone, atMs);
    const slotMs = firstInStretch(timing, expression, stretch, fromMs);
    if (slotMs !== undefined) return new Date(slotMs);
    atMs = jump(expression, stretch.endMs);
  }
  return null;
}

/** Expressions of which every time falls into a gap that is skipped come here once or twice a year. */
const MOST_STEPS = 3 * HORIZON_YEARS;

/** Zones are at most 14 hours ahead of UTC, and a gap or repeat is at most a day long. */
const NEAR_MS = 2 * DAY_MS;

/** Over the time in which no slot can be: to shortly before the next wall-clock time that could make one. */
function jump(expression: CronExpression, atMs: number): number | null {
  const wallMs = expression.firstAt(atMs - NEAR_MS);
  return wallMs === null ? null : Math.max(atMs, wallMs - DAY_MS);
}

/** A piece of time with one offset. */
interface Stretch {
  fromMs: number;
  endMs: number;
  offsetMs: number;
  /** The end of the repeated hour that it begins with. */
  repeatUntilMs: number | undefined;
  /** The wall-clock times that are left out at its end. */
  gap: { fromMs: number; endMs: number } | undefined;
}

function stretchFrom(zone: string, fromMs: number): Stretch {
  const change = nextChange(zone, fromMs, fromMs + NEAR_MS);
  const isGap = change !== undefined && change.afterMs > change.beforeMs;
  return {
    fromMs,
    endMs: change?.atMs ?? fromMs + NEAR_MS,
    offsetMs: offsetAt(zone, fromMs),
    repeatUntilMs: repeatUntil(zone, fromMs),
    gap: isGap ? { fromMs: change.atMs + change.beforeMs, endMs: change.atMs + change.afterMs } : undefined,
  };
}

function firstInStretch(
  { dstGap, dstOverlap }: CronTiming,
  { isInterval, firstAt }: CronExpression,
  { fromMs, endMs, offsetMs, repeatUntilMs, gap }: Stretch,
  notBeforeMs: number,
): number | undefined {
  const isSilent = !isInterval && dstOverlap === 'first' && repeatUntilMs !== undefined;
  const wallMs = firstAt(Math.max(fromMs, notBeforeMs, isSilent ? repeatUntilMs : 0) + offsetMs);
  if (wallMs !== null && wallMs - offsetMs < endMs) return wallMs - offsetMs;
  if (!gap || isInterval || dstGap === 'skip') return undefined;
  const lostMs = firstAt(gap.fromMs);
  return lostMs !== null && lostMs < gap.endMs ? endMs : undefined;
}
