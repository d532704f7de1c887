// An independent account of when cron expressions run: it looks at the clock on the wall at every minute of three years.
// It shares nothing with the code under test: no calendar library, no offsets, no jumps.

/** What an expression means. */
export interface Fields {
  minute(n: number): boolean;
  hour(n: number): boolean;
  day(date: WallDay): boolean;
  /** The hour field is a wildcard and nothing else. */
  isInterval: boolean;
}

export interface WallDay {
  year: number;
  month: number;
  day: number;
  weekday: number;
}

export interface Policies {
  dstGap: 'after' | 'skip';
  dstOverlap: 'first' | 'both';
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

/** What the clock on the wall shows at each minute from a full hour on, written as the minutes of UTC that look the same. */
export function wallMinutes(zone: string, fromMs: number, untilMs: number): Float64Array {
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone: zone, dateStyle: 'short', timeStyle: 'medium' });
  const wallAt = (ms: number) => Date.parse(`${format.format(ms).replace(' ', 'T')}Z`) / MINUTE_MS;
  const walls = new Float64Array((untilMs - fromMs) / MINUTE_MS);
  let next = wallAt(fromMs);
  for (let hour = fromMs; hour < untilMs; hour += HOUR_MS) {
    const first = next;
    next = wallAt(hour + HOUR_MS);
    // Asking for each of 1.6 million minutes takes long: of an hour in which nothing happens its ends will do.
    for (let n = 0; n < 60; n += 1) {
      walls[(hour - fromMs) / MINUTE_MS + n] = next - first === 60 ? first + n : wallAt(hour + n * MINUTE_MS);
    }
  }
  return walls;
}

/** The minutes at which an expression fits the clock on the wall, in milliseconds, by what the policies say of them. */
export interface Seen {
  plain: number[];
  /** The wall had shown this minute before. */
  again: number[];
  /** The hand has just jumped over a minute that fits. */
  jumped: number[];
}

export function lookAtEachMinute(walls: Float64Array, fromMs: number, fields: Fields): Seen {
  const matches = matcher(fields);
  const seen: Seen = { plain: [], again: [], jumped: [] };
  const shownTwice = new Set<number>();
  let before = (walls[0] ?? 0) - 1;
  for (let index = 0; index < walls.length; index += 1) {
    const wall = walls[index] ?? 0;
    const at = fromMs + index * MINUTE_MS;
    for (let each = wall; each <= before; each += 1) shownTwice.add(each);
    for (let lost = before + 1; lost < wall; lost += 1) if (matches(lost)) seen.jumped.push(at);
    const isAgain = shownTwice.size > 0 && shownTwice.delete(wall);
    if (matches(wall)) (isAgain ? seen.again : seen.plain).push(at);
    before = wall;
  }
  return seen;
}

export function applyPolicies(seen: Seen, { isInterval }: Fields, { dstGap, dstOverlap }: Policies): number[] {
  const slots = new Set(seen.plain);
  if (isInterval || dstOverlap === 'both') for (const at of seen.again) slots.add(at);
  if (!isInterval && dstGap === 'after') for (const at of seen.jumped) slots.add(at);
  return [...slots].sort((a, b) => a - b);
}

function matcher(fields: Fields): (wall: number) => boolean {
  const days = new Map<number, boolean>();
  function isDay(number: number): boolean {
    const known = days.get(number);
    if (known !== undefined) return known;
    const date = new Date(number * 24 * HOUR_MS);
    const [year, month, day] = [date.getUTCFullYear(), date.getUTCMonth() + 1, date.getUTCDate()];
    const answer = fields.day({ year, month, day, weekday: date.getUTCDay() });
    days.set(number, answer);
    return answer;
  }
  return (wall) =>
    fields.minute(wall % 60) && fields.hour(Math.floor(wall / 60) % 24) && isDay(Math.floor(wall / (24 * 60)));
}
