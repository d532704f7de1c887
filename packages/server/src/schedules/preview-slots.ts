import type { ClockChangePreview, SchedulePreview, SlotPreview } from '@cloudtask/sdk/schedules-contract';
import { type ClockChange, DAY_MS, nextChange, offsetAt } from './clock-changes.ts';
import { parseCron } from './cron-expression.ts';
import { nextSlot } from './slots.ts';
import type { Timing } from './timing.ts';

const MOST_CHANGES = 10;
const CHANGES_WITHIN_MS = 400 * DAY_MS;

/** The slots after a time as the clock of a zone shows them, and what clock changes do to them. */
export function previewSlots(
  timing: Timing,
  { timezone, from, count }: { timezone: string; from: Date; count: number },
): SchedulePreview {
  const slots: SlotPreview[] = [];
  let last = from;
  for (let slot = nextSlot(timing, from); slot && slots.length < count; slot = nextSlot(timing, slot)) {
    slots.push(showSlot(timing, timezone, slot.getTime()));
    last = slot;
  }
  return { slots, clockChanges: showChanges(timing, timezone, from.getTime(), last.getTime()) };
}

function showSlot(timing: Timing, zone: string, atMs: number): SlotPreview {
  const offsetMs = offsetAt(zone, atMs);
  const local = `${new Date(atMs + offsetMs).toISOString().slice(0, 19)}${distance(offsetMs)}`;
  const change = nextChange(zone, atMs - DAY_MS, atMs + DAY_MS);
  const effect = change && effectOf(timing, change);
  const isConcerned = effect && atMs >= effect.fromMs && atMs <= effect.untilMs;
  return { at: new Date(atMs).toISOString(), local, note: isConcerned ? effect.note : null };
}

function showChanges(timing: Timing, zone: string, fromMs: number, lastMs: number): ClockChangePreview[] {
  const untilMs = Math.min(lastMs, fromMs + CHANGES_WITHIN_MS);
  const changes: ClockChangePreview[] = [];
  let change = nextChange(zone, fromMs, untilMs);
  while (change && changes.length < MOST_CHANGES) {
    const { atMs, beforeMs, afterMs } = change;
    const note = effectOf(timing, change)?.note ?? null;
    changes.push({ at: new Date(atMs).toISOString(), before: distance(beforeMs), after: distance(afterMs), note });
    change = nextChange(zone, atMs, untilMs);
  }
  return changes;
}

interface ChangeEffect {
  note: string;
  /** The slots that it concerns. */
  fromMs: number;
  untilMs: number;
}

/** What a change does to the first time that it leaves out or repeats. An interval runs on through it. */
function effectOf(timing: Timing, { atMs, beforeMs, afterMs }: ClockChange): ChangeEffect | undefined {
  if (timing.kind === 'every') return undefined;
  const { isInterval, firstAt } = parseCron(timing.cron);
  const lengthMs = Math.abs(afterMs - beforeMs);
  const endMs = atMs + Math.max(beforeMs, afterMs);
  const wallMs = firstAt(endMs - lengthMs);
  if (isInterval || wallMs === null || wallMs >= endMs) return undefined;
  if (afterMs > beforeMs) {
    const then = timing.dstGap === 'after' ? `it runs at ${clockTime(endMs)}` : 'it does not run';
    return { note: `${clockTime(wallMs)} does not exist (clock change): ${then}`, fromMs: atMs, untilMs: atMs };
  }
  const isBoth = timing.dstOverlap === 'both';
  return {
    note: `${clockTime(wallMs)} comes twice (clock change): it runs ${isBoth ? 'both times' : 'the first time'}`,
    fromMs: wallMs - beforeMs,
    untilMs: endMs - 1 - (isBoth ? afterMs : beforeMs),
  };
}

/** `02:30`, or with seconds when there are some. */
function clockTime(wallMs: number): string {
  return new Date(wallMs).toISOString().slice(11, wallMs % 60_000 === 0 ? 16 : 19);
}

/** `+01:00` */
function distance(offsetMs: number): string {
  const time = new Date(Math.abs(offsetMs)).toISOString().slice(11, 16);
  return `${offsetMs < 0 ? '-' : '+'}${time}`;
}
