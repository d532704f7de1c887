import { expect, test } from 'vitest';
import { aJob } from '../../sdk/test/support/play-server.ts';
import { closest } from '../src/closest.ts';
import { pickFields } from '../src/pick-fields.ts';
import { jobsTable, jobsTsv } from '../src/views/jobs-table.ts';
import { printable } from '../src/views/printable.ts';
import { makeStyle } from '../src/views/style.ts';
import { formatAge, formatDuration } from '../src/views/time.ts';

const now = Date.parse('2026-11-23T12:02:00Z');
const failed = aJob({
  status: 'FAILED',
  attempt: 3,
  maxAttempts: 3,
  error: {
    code: 'ERROR',
    name: 'E',
    message: 'ENOSPC:\tno space\nleft on device',
    attempt: 3,
    retryable: true,
    fingerprint: 'f',
  },
});

test('the table fits the terminal, and cuts only its last column', () => {
  const lines = jobsTable([aJob({ type: 'a.long.type.name' }), failed], {
    style: makeStyle(false),
    unicode: true,
    width: 72,
    now,
  });
  expect(lines).toEqual([
    '  JOB       TYPE              STATUS     ATTEMPT  AGE  ERROR',
    '  00000001  a.long.type.name  ○ pending  0/5      2m',
    '  00000001  email             ✗ failed   3/3      2m   ENOSPC: no space…',
  ]);
});

test('a pipe gets whole values without a header, a job a line', () => {
  expect(jobsTsv([failed])).toEqual([
    '0199d0f4-0000-7000-8000-000000000001\temail\tFAILED\t3/3\t2026-11-23T12:00:00.000Z\tdefault\tENOSPC: no space left on device',
  ]);
});

test("other people's text cannot steer the terminal", () => {
  expect(printable('a\u001b]0;pwned\u0007b\r\nc\u202ed')).toBe('a ]0;pwned b c d');
});

test.each([
  [312, '312ms'],
  [1_149, '1.1s'],
  [42_900, '42s'],
  [125_000, '2m 5s'],
  [10_920_000, '3h 2m'],
  [4 * 86_400_000, '4d'],
])('%i ms is %s', (ms, text) => {
  expect(formatDuration(ms)).toBe(text);
});

test('an age is the largest unit', () => {
  expect([400, 4_300, 125_000].map(formatAge)).toEqual(['0s', '4s', '2m']);
});

test('a typing error is near its word, another word is not', () => {
  const known = ['submit', 'watch', 'jobs list', 'login'];
  expect(closest('sumbit', known)).toBe('submit');
  expect(closest('whach', known)).toBe('watch');
  expect(closest('deploy', known)).toBeUndefined();
});

test('fields are picked by path, and null when absent', () => {
  expect(pickFields(failed, ['id', 'error.code', 'no.such', 'constructor'])).toEqual({
    id: failed.id,
    'error.code': 'ERROR',
    'no.such': null,
    constructor: null,
  });
});
