import { expect, test } from 'vitest';
import { ConnectionError, ServerError } from '../src/errors.ts';
import { retryAfterMs, retryDelay } from '../src/retry.ts';

const serverError = (headers = {}) =>
  new ServerError('', { code: 'X', status: 500, headers: new Headers(headers), body: null });
const noConnection = (code: string) =>
  new ConnectionError('', { code: 'CONNECTION_FAILED', cause: Object.assign(new Error(), { code }) });
const base = { idempotent: true, attempt: 0, maxRetryAfterMs: 60_000 };

test('pauses double from 0.5 s up to 8 s, and are drawn from all of it', () => {
  const longest = [0, 1, 2, 3, 4, 9].map((attempt) => retryDelay({ ...base, attempt, error: serverError() }, () => 1));
  expect(longest).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000]);
  expect(retryDelay({ ...base, error: serverError() }, () => 0)).toBe(0);
});

test('what may have arrived is repeated only when that does no harm', () => {
  expect(retryDelay({ ...base, idempotent: false, error: serverError() })).toBeNull();
  expect(retryDelay({ ...base, idempotent: false, error: noConnection('ECONNRESET') })).toBeNull();
  expect(retryDelay({ ...base, idempotent: false, error: noConnection('ECONNREFUSED') })).not.toBeNull();
});

test('Retry-After comes in two forms', () => {
  const now = Date.parse('2026-11-23T12:00:00Z');
  expect(retryAfterMs(new Headers({ 'retry-after': '1.5' }), now)).toBe(1_500);
  expect(retryAfterMs(new Headers({ 'retry-after': 'Mon, 23 Nov 2026 12:00:10 GMT' }), now)).toBe(10_000);
  expect(retryAfterMs(new Headers({ 'retry-after': 'Mon, 23 Nov 2026 11:00:00 GMT' }), now)).toBe(0);
  expect(retryAfterMs(new Headers({ 'retry-after': 'soon' }), now)).toBeNull();
});
