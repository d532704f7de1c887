import { version } from 'uuid';
import { describe, expect, it } from 'vitest';
import { type Clock, systemClock } from '../src/clock.ts';
import { newId } from '../src/ids.ts';

function handClock(ms: number): Clock & { ms: number } {
  return {
    ms,
    now() {
      return this.ms;
    },
  };
}

const timeOf = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16);
const idsOf = (clock: Clock, count: number) => Array.from({ length: count }, () => newId(clock));

describe('ids', () => {
  it('are UUIDs of version 7 that carry the time of their clock', () => {
    const clock = handClock(1_760_000_000_123);
    const id = newId(clock);
    expect(version(id)).toBe(7);
    expect(timeOf(id)).toBe(1_760_000_000_123);
  });

  it('grow, also within a millisecond', () => {
    for (const clock of [handClock(1_760_000_000_000), systemClock]) {
      const ids = idsOf(clock, 20_000);
      expect(ids.toSorted()).toEqual(ids);
      expect(new Set(ids).size).toBe(ids.length);
    }
  });

  it('keep growing when the clock steps back a little', () => {
    const clock = handClock(1_760_000_000_500);
    const before = newId(clock);
    clock.ms -= 400;
    const after = newId(clock);
    expect(after > before).toBe(true);
    clock.ms += 1_000;
    expect(timeOf(newId(clock))).toBe(clock.ms);
  });

  it('follow a clock that goes far back, because others search by the time in them', () => {
    const clock = handClock(1_760_000_000_000);
    newId(clock);
    clock.ms -= 3_600_000;
    expect(timeOf(newId(clock))).toBe(clock.ms);
  });

  it('of different clocks do not disturb each other', () => {
    newId(handClock(4_000_000_000_000));
    expect(timeOf(newId(handClock(1_760_000_000_000)))).toBe(1_760_000_000_000);
  });
});
