import { FatalError, RetryLater, Snooze } from '@cloudtask/sdk/handler-errors';
import { describe, expect, it } from 'vitest';
import { outcomeOfError } from '../src/outcome-of-error.ts';

const job = { attempt: 1, attemptLimit: 5, maxAttempts: 5, extras: null };

describe('what follows from a thrown value', () => {
  it.each([
    [
      'an error',
      new TypeError('x'),
      { kind: 'failed', reason: 'ERROR', name: 'TypeError', message: 'x', retryable: true },
    ],
    ['a text', 'broken', { name: 'Error', message: 'broken', retryable: true }],
    ['nothing', undefined, { name: 'Error', message: 'undefined' }],
    ['an object', { why: 1 }, { name: 'Error', message: '{"why":1}' }],
    [
      'an object that cannot be read',
      Object.create(null, {
        name: {
          get() {
            throw new Error();
          },
        },
      }),
      { message: 'the handler threw a value that cannot be read' },
    ],
    ['a fatal error', new FatalError('no', { code: 'C' }), { reason: 'NON_RETRYABLE', code: 'C', retryable: false }],
    ['a later attempt', new RetryLater('2s'), { reason: 'ERROR', retryable: true, retryDelayMs: 2_000 }],
    ['a snooze', new Snooze(500), { kind: 'snoozed', delayMs: 500 }],
    ['a snooze until a time that has passed', new Snooze(new Date(0)), { kind: 'snoozed', delayMs: 0 }],
    ['a text PostgreSQL refuses', new Error('a\0b\ud800'), { message: 'a\ufffdb\ufffd' }],
  ])('%s', (_, thrown, outcome) => {
    expect(outcomeOfError(thrown, job)).toMatchObject(outcome);
  });

  it('waits until the time that the handler names', () => {
    const inAnHour = new RetryLater(new Date(Date.now() + 3_600_000));
    const { retryDelayMs } = outcomeOfError(inAnHour, job) as { retryDelayMs: number };
    expect(Math.abs(retryDelayMs - 3_600_000)).toBeLessThan(10_000);
    expect(() => new Snooze(new Date(Number.NaN))).toThrow('the time is no date');
  });

  it('cuts long messages to 8 KiB, not through a character', () => {
    const { message } = outcomeOfError(new Error('€'.repeat(10_000)), job) as { message: string };
    expect(Buffer.byteLength(message)).toBeLessThanOrEqual(8 * 1024);
    expect(message.length).toBeGreaterThan(2_700);
  });

  it.each([
    [1, 5, 5, 5_000],
    [3, 5, 5, 45_000],
    // After a person's retry the count of failures begins anew.
    [6, 10, 5, 5_000],
  ])('attempt %i of %i (%i each) waits at most %i ms', (attempt, attemptLimit, maxAttempts, longest) => {
    const outcome = outcomeOfError(new Error('x'), { attempt, attemptLimit, maxAttempts, extras: null });
    const { retryDelayMs } = outcome as { retryDelayMs: number };
    expect(retryDelayMs).toBeLessThanOrEqual(longest);
    expect(retryDelayMs).toBeGreaterThanOrEqual(longest / 2);
  });
});
