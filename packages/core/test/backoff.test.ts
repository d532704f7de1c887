import { describe, expect, it } from 'vitest';
import { backoffDelayMs, DEFAULT_BACKOFF, resolveBackoff } from '../src/backoff.ts';

const LONGEST = 1 - Number.EPSILON;
const policy = { kind: 'exponential', delayMs: 1_000, maxDelayMs: 60_000, factor: 2 } as const;

describe('backoff', () => {
  it.each([
    // kind, then the longest delay after 1, 2, 3, 4 and 10 failures
    ['fixed', [1_000, 1_000, 1_000, 1_000, 1_000]],
    ['linear', [1_000, 2_000, 3_000, 4_000, 10_000]],
    ['exponential', [1_000, 2_000, 4_000, 8_000, 60_000]],
  ] as const)('grows as %s says', (kind, expected) => {
    const delays = [1, 2, 3, 4, 10].map((failures) => backoffDelayMs({ ...policy, kind }, failures, LONGEST));
    expect(delays).toEqual(expected);
  });

  it.each([
    { random: 0, share: 0.5 },
    { random: 0.5, share: 0.75 },
    { random: LONGEST, share: 1 },
  ])('waits $share of the longest delay when chance is $random', ({ random, share }) => {
    expect(backoffDelayMs(policy, 3, random)).toBe(4_000 * share);
  });

  it('stays between half and whole by its own chance', () => {
    for (let round = 0; round < 200; round += 1) {
      const delay = backoffDelayMs(policy, 2);
      expect(delay).toBeGreaterThanOrEqual(1_000);
      expect(delay).toBeLessThanOrEqual(2_000);
    }
  });

  it('never exceeds its longest delay, whatever the failures', () => {
    for (const failures of [7, 100, 1_000, 100_000]) {
      for (const kind of ['fixed', 'linear', 'exponential'] as const) {
        expect(backoffDelayMs({ ...policy, kind }, failures, LONGEST)).toBeLessThanOrEqual(60_000);
      }
      expect(backoffDelayMs(policy, failures, LONGEST)).toBe(60_000);
    }
  });

  it('reaches its longest delay also by a small factor', () => {
    expect(backoffDelayMs({ ...policy, factor: 1.01, maxDelayMs: 3_600_000 }, 1_000, LONGEST)).toBe(3_600_000);
  });

  it('is no delay when none is asked for, whatever the failures', () => {
    for (const failures of [1, 2, 5_000]) expect(backoffDelayMs({ ...policy, delayMs: 0 }, failures, LONGEST)).toBe(0);
  });

  it('waits 5 s, 15 s, 45 s, … at most, an hour in the end, unless told otherwise', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8].map((failures) => backoffDelayMs(DEFAULT_BACKOFF, failures, LONGEST));
    expect(delays).toEqual([5_000, 15_000, 45_000, 135_000, 405_000, 1_215_000, 3_600_000, 3_600_000]);
  });
});

describe('resolving a backoff', () => {
  it('fills in what is left out', () => {
    expect(resolveBackoff({ kind: 'exponential', delay: '5s' })).toEqual(DEFAULT_BACKOFF);
    expect(resolveBackoff({ kind: 'fixed', delay: 70 })).toEqual({ ...DEFAULT_BACKOFF, kind: 'fixed', delayMs: 70 });
  });

  it('reads durations', () => {
    expect(resolveBackoff({ kind: 'linear', delay: '250ms', maxDelay: '2h', factor: 1.5 })).toEqual({
      kind: 'linear',
      delayMs: 250,
      maxDelayMs: 7_200_000,
      factor: 1.5,
    });
    expect(resolveBackoff({ kind: 'fixed', delay: 0 }).delayMs).toBe(0);
  });
});
