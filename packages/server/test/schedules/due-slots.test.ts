import { describe, expect, it } from 'vitest';
import { dueSlots, MISSED_AFTER_MS } from '../../src/schedules/due-slots.ts';
import { newestSlot, newestSlots, slotsBetween } from '../../src/schedules/slots.ts';
import type { CronTiming, EveryTiming } from '../../src/schedules/timing.ts';

const START = new Date('2030-01-01T00:00:00Z');
const at = (seconds: number) => new Date(START.getTime() + seconds * 1_000);
const eachSecond: EveryTiming = { kind: 'every', everyMs: 1_000, anchor: START };
const cron = (expression: string, timezone = 'UTC'): CronTiming => ({
  kind: 'cron',
  cron: expression,
  timezone,
  dstGap: 'after',
  dstOverlap: 'first',
});
/** No pause, and no limit of this turn. */
const base = { resumedAt: null, most: Number.POSITIVE_INFINITY };
const numbers = (slots: readonly Date[]) => slots.map((slot) => (slot.getTime() - START.getTime()) / 1_000);

describe('due slots', () => {
  it('are on time up to the limit of lateness, and missed from there', () => {
    const now = at(100);
    const limit = 100 - MISSED_AFTER_MS / 1_000;
    const due = dueSlots(eachSecond, { ...base, nextAt: at(limit - 1), now, catchUp: 'latest' });
    expect(numbers(due.missed)).toEqual([limit - 1, limit]);
    expect(numbers(due.onTime)).toEqual(Array.from({ length: 30 }, (_, n) => limit + 1 + n));
    expect(due.nextAt).toEqual(at(101));
  });

  it('begin with the time that is stored, not with the clock', () => {
    const due = dueSlots(cron('0 * * * *'), { ...base, nextAt: at(3_600), now: at(3_600), catchUp: 'latest' });
    expect(numbers(due.onTime)).toEqual([3_600]);
    expect(due.nextAt).toEqual(at(7_200));
  });

  it('come in parts with `all`, and the next part begins where this one ends', () => {
    const first = dueSlots(eachSecond, { ...base, nextAt: at(1), now: at(100), catchUp: 'all', most: 50 });
    expect([first.missed.length, first.onTime.length, first.nextAt]).toEqual([50, 0, at(51)]);
    const second = dueSlots(eachSecond, { ...base, nextAt: at(51), now: at(100), catchUp: 'all', most: 50 });
    expect(numbers([...second.missed, ...second.onTime])).toEqual(Array.from({ length: 50 }, (_, n) => 51 + n));
  });

  it.each(['latest', 'none'] as const)('of a year of seconds are found at once with `%s`', (catchUp) => {
    const now = at(366 * 86_400);
    const due = dueSlots(cron('* * * * * *'), { ...base, nextAt: at(1), now, catchUp });
    const limit = 366 * 86_400 - MISSED_AFTER_MS / 1_000;
    expect(numbers(due.missed)).toEqual(Array.from({ length: 100 }, (_, n) => limit - 99 + n));
    expect(due.passedOver).toEqual({ since: at(1), newest: at(limit - 100) });
    expect(due.nextAt).toEqual(new Date(now.getTime() + 1_000));
  });

  it('of a year are the newest thousand of a day with `all`', () => {
    const now = at(366 * 86_400);
    const all = { ...base, nextAt: at(60), now, catchUp: 'all' } as const;
    const seconds = dueSlots(eachSecond, all);
    const limit = 366 * 86_400 - MISSED_AFTER_MS / 1_000;
    expect(numbers(seconds.missed)).toEqual(Array.from({ length: 1_000 }, (_, n) => limit - 999 + n));
    expect(seconds.passedOver).toEqual({ since: at(60), newest: at(limit - 1_000) });
    const hours = dueSlots(cron('0 * * * *'), all);
    expect(numbers(hours.missed)).toEqual(Array.from({ length: 23 }, (_, n) => 365 * 86_400 + (n + 1) * 3_600));
    expect(hours.passedOver).toEqual({ since: at(3_600), newest: at(365 * 86_400) });
    const years = dueSlots(cron('0 0 1 1 *'), { ...all, now: at(732 * 86_400) });
    expect([years.missed, years.passedOver]).toEqual([[], { since: at(365 * 86_400), newest: at(730 * 86_400) }]);
  });

  it('were missed, however young, when they came due in a pause', () => {
    const due = dueSlots(eachSecond, { ...base, nextAt: at(95), now: at(100), resumedAt: at(98), catchUp: 'none' });
    expect([numbers(due.missed), numbers(due.onTime)]).toEqual([
      [95, 96, 97],
      [98, 99, 100],
    ]);
  });

  it('are looked for over 40 years, as a fifth Tuesday in February is', () => {
    const rare = cron('0 0 * 2 TUE#5');
    const [first, second] = [new Date('2028-02-29T00:00:00Z'), new Date('2056-02-29T00:00:00Z')];
    const due = dueSlots(rare, { ...base, nextAt: first, now: first, catchUp: 'latest' });
    expect([due.onTime, due.nextAt]).toEqual([[first], second]);
    expect(dueSlots(rare, { ...base, nextAt: second, now: second, catchUp: 'latest' }).nextAt).toEqual(
      new Date('2084-02-29T00:00:00Z'),
    );
  });

  it('end when there is none any more', () => {
    const never = cron('0 0 30 2 *');
    expect(dueSlots(never, { ...base, nextAt: at(0), now: at(1), catchUp: 'latest' })).toEqual({
      passedOver: null,
      missed: [],
      onTime: [],
      nextAt: null,
    });
  });
});

describe('the newest slot of a range', () => {
  it.each([
    ['10-20 * 3 * * *', 'UTC'],
    ['*/7 * * * *', 'UTC'],
    ['0 0 29 2 *', 'UTC'],
    ['30 2 * * *', 'Europe/Berlin'],
    ['30 1 * * *', 'America/New_York'],
  ])('is the last that a walk finds: %s in %s', (expression, timezone) => {
    const timing = cron(expression, timezone);
    for (const [from, until] of [
      ['2030-03-09T00:00:00Z', '2030-03-12T12:34:56.789Z'],
      ['2030-10-25T00:00:00Z', '2030-10-28T01:00:00Z'],
      ['2028-01-01T00:00:00Z', '2028-03-01T00:00:00Z'],
    ] as const) {
      const range = { after: new Date(from), until: new Date(until) };
      const all = slotsBetween(timing, range, 1_000_000);
      expect(newestSlot(timing, range)).toEqual(all.at(-1) ?? null);
      for (const most of [1, 7, 100]) expect(newestSlots(timing, range, most)).toEqual(all.slice(-most));
    }
  });
});
