import { describe, expect, it } from 'vitest';
import { slotsBetween } from '../../src/schedules/slots.ts';
import type { CronTiming } from '../../src/schedules/timing.ts';
import { applyPolicies, type Fields, lookAtEachMinute, wallMinutes } from './every-minute.ts';

const FROM = Date.UTC(2026, 0, 1);
const UNTIL = Date.UTC(2029, 0, 1);
const ZONES = ['America/New_York', 'Europe/London', 'Australia/Lord_Howe'];
const POLICIES = (['after', 'skip'] as const).flatMap((dstGap) =>
  (['first', 'both'] as const).map((dstOverlap) => ({ dstGap, dstOverlap })),
);

const is = (n: number) => (value: number) => value === n;
const any = () => true;
const lastDay = ({ year, month }: { year: number; month: number }) => new Date(Date.UTC(year, month, 0)).getUTCDate();
const fixed = (minute: Fields['minute'], hour: Fields['hour'], day: Fields['day'] = any): Fields => ({
  minute,
  hour,
  day,
  isInterval: false,
});
const interval = (minute: Fields['minute'], hour: Fields['hour'], day: Fields['day'] = any): Fields => ({
  minute,
  hour,
  day,
  isInterval: true,
});

/** What each expression means, said once more by hand. */
const EXPRESSIONS: [string, Fields][] = [
  ['30 2 * * *', fixed(is(30), is(2))],
  ['15 2 * * *', fixed(is(15), is(2))],
  ['30 1 * * *', fixed(is(30), is(1))],
  ['45 1 * * SUN', fixed(is(45), is(1), ({ weekday }) => weekday === 0)],
  ['0 2 * * *', fixed(is(0), is(2))],
  ['0 3 * * *', fixed(is(0), is(3))],
  [
    '*/20 1-3 * * *',
    fixed(
      (n) => n % 20 === 0,
      (h) => h >= 1 && h <= 3,
    ),
  ],
  [
    '0,30 1,2,3 * * 0',
    fixed(
      (n) => n % 30 === 0,
      (h) => h >= 1 && h <= 3,
      ({ weekday }) => weekday === 0,
    ),
  ],
  ['*/15 * * * *', interval((n) => n % 15 === 0, any)],
  ['0 * * * *', interval(is(0), any)],
  ['20 ? * * *', interval(is(20), any)],
  ['30 */2 * * *', fixed(is(30), (h) => h % 2 === 0)],
  ['10 1-23/2 * * *', fixed(is(10), (h) => h % 2 === 1)],
  ['0 2-23/12 * * *', fixed(is(0), (h) => h === 2 || h === 14)],
  ['15 */1 * * *', fixed(is(15), any)],
  ['0 9 * * MON', fixed(is(0), is(9), ({ weekday }) => weekday === 1)],
  ['@weekly', fixed(is(0), is(0), ({ weekday }) => weekday === 0)],
  ['0 0 29 2 *', fixed(is(0), is(0), ({ month, day }) => month === 2 && day === 29)],
  ['30 2 29 FEB *', fixed(is(30), is(2), ({ month, day }) => month === 2 && day === 29)],
  ['0 12 31 * *', fixed(is(0), is(12), ({ day }) => day === 31)],
  ['59 23 L * *', fixed(is(59), is(23), (date) => date.day === lastDay(date))],
  ['30 1 L 10 *', fixed(is(30), is(1), (date) => date.month === 10 && date.day === lastDay(date))],
  [
    '30 2 * 3 SUN#2',
    fixed(is(30), is(2), ({ month, day, weekday }) => month === 3 && weekday === 0 && day >= 8 && day <= 14),
  ],
  ['0 1 * * 0L', fixed(is(0), is(1), (date) => date.weekday === 0 && date.day > lastDay(date) - 7)],
  // The working day next to the 15th, which moves off a Saturday or a Sunday.
  [
    '0 9 15W * *',
    fixed(is(0), is(9), ({ day, weekday }) => {
      if (day === 15) return weekday >= 1 && weekday <= 5;
      return (day === 14 && weekday === 5) || (day === 16 && weekday === 1);
    }),
  ],
  // A day of the month and a weekday: one of the two is enough.
  ['0 4 13 * FRI', fixed(is(0), is(4), ({ day, weekday }) => day === 13 || weekday === 5)],
  ['0 0 1 1 *', fixed(is(0), is(0), ({ month, day }) => month === 1 && day === 1)],
];

const shown = (ms: number) => new Date(ms).toISOString();

describe.each(ZONES)('three years in %s', (zone) => {
  const walls = wallMinutes(zone, FROM, UNTIL);
  it.each(EXPRESSIONS)(
    '%s runs when the clock on the wall says so, under all policies',
    { timeout: 120_000 },
    (cron, fields) => {
      const seen = lookAtEachMinute(walls, FROM, fields);
      for (const policies of POLICIES) {
        const timing: CronTiming = { kind: 'cron', cron, timezone: zone, ...policies };
        const range = { after: new Date(FROM - 1), until: new Date(UNTIL - 1) };
        const slots = slotsBetween(timing, range, 1_000_000).map((slot) => slot.getTime());
        const expected = applyPolicies(seen, fields, policies);
        // A comparison of 105,000 numbers that can show where they differ takes a second; of texts none.
        if (slots.join() !== expected.join()) expect(slots.map(shown)).toEqual(expected.map(shown));
        expect([policies, slots.length]).toEqual([policies, expected.length]);
      }
    },
  );
});
