/** An instant at which the clocks of a zone are set. Offsets are local time minus UTC, in milliseconds. */
export interface ClockChange {
  atMs: number;
  beforeMs: number;
  afterMs: number;
}

/** Local time minus UTC at an instant, in milliseconds. Throws a `RangeError` for a zone that does not exist. */
export function offsetAt(zone: string, atMs: number): number {
  const day = Math.floor(atMs / DAY_MS);
  const change = changeOnDay(zone, day);
  return change !== null && atMs >= change.atMs ? change.afterMs : dayOffset(zone, day);
}

/** The first change after `afterMs` and not after `untilMs`. */
export function nextChange(zone: string, afterMs: number, untilMs: number): ClockChange | undefined {
  for (let day = Math.floor(afterMs / DAY_MS); day * DAY_MS <= untilMs; day += 1) {
    const change = changeOnDay(zone, day);
    if (change !== null && change.atMs > afterMs && change.atMs <= untilMs) return change;
  }
  return undefined;
}

/**
 * When the second run through the local times that a clock set back repeats is over, if the newest change at or before
 * `atMs` was such a one less than a day ago; else undefined.
 */
export function repeatUntil(zone: string, atMs: number): number | undefined {
  const change = nextChange(zone, atMs - DAY_MS, atMs);
  if (!change || change.afterMs >= change.beforeMs) return undefined;
  return change.atMs + change.beforeMs - change.afterMs;
}

export const DAY_MS = 86_400_000;

/** A UTC day on which the clocks are set; no zone does it twice on one day. */
function changeOnDay(zone: string, day: number): ClockChange | null {
  const key = `${zone} ${day}`;
  let change = changes.get(key);
  if (change === undefined) {
    const [beforeMs, afterMs] = [dayOffset(zone, day), dayOffset(zone, day + 1)];
    change = beforeMs === afterMs ? null : findChange(zone, day * DAY_MS, { beforeMs, afterMs });
    remember(changes, key, change);
  }
  return change;
}

function findChange(
  zone: string,
  dayStartMs: number,
  { beforeMs, afterMs }: { beforeMs: number; afterMs: number },
): ClockChange {
  let [low, high] = [dayStartMs, dayStartMs + DAY_MS];
  while (high - low > CHANGE_PRECISION_MS) {
    const middle = low + Math.floor((high - low) / 2 / CHANGE_PRECISION_MS) * CHANGE_PRECISION_MS;
    if (readOffset(zone, middle) === beforeMs) low = middle;
    else high = middle;
  }
  return { atMs: high, beforeMs, afterMs };
}

/** Clocks are set at full minutes of UTC. */
const CHANGE_PRECISION_MS = 60_000;

function dayOffset(zone: string, day: number): number {
  const key = `${zone} ${day}`;
  let offset = offsets.get(key);
  if (offset === undefined) {
    offset = readOffset(zone, day * DAY_MS);
    remember(offsets, key, offset);
  }
  return offset;
}

// A walk over three years of a zone looks at the same thousand days for each slot; asking Intl costs 7 µs each time.
const offsets = new Map<string, number>();
const changes = new Map<string, ClockChange | null>();
const formats = new Map<string, Intl.DateTimeFormat>();
const MOST_DAYS = 20_000;
const MOST_FORMATS = 200;

function remember<T>(known: Map<string, T>, key: string, value: T, most = MOST_DAYS): T {
  if (known.size >= most) known.clear();
  known.set(key, value);
  return value;
}

function readOffset(zone: string, atMs: number): number {
  const format = formats.get(zone) ?? remember(formats, zone, formatOf(zone), MOST_FORMATS);
  const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = format.format(atMs).split(/\D+/).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(atMs / 1000) * 1000;
}

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const two = '2-digit';
  return new Intl.DateTimeFormat('en-US', {
    timeZone,
    hourCycle: 'h23',
    year: 'numeric',
    month: two,
    day: two,
    hour: two,
    minute: two,
    second: two,
  });
}
