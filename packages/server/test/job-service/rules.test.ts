import { canonicalJson } from '@cloudtask/core/submission/canonical-json';
import { parseTime } from '@cloudtask/core/submission/strict-time';
import { describe, expect, it } from 'vitest';
import { isCommonPassword } from '../../src/job-service/auth/common-passwords.ts';
import { generationCache } from '../../src/job-service/auth/generation-cache.ts';
import { networkOf } from '../../src/job-service/auth/throttles.ts';
import { createTurnstile } from '../../src/job-service/auth/turnstile.ts';
import { survives } from '../../src/job-service/exact-numbers.ts';
import { isAfter, type Place, parseSequence, placeOf } from '../../src/job-service/job-sequence.ts';
import { PROBLEMS } from '../../src/job-service/problem-table.ts';
import { JOB_FIELDS } from '../../src/job-service/schemas/job-schema.ts';

describe('numbers that survive a double', () => {
  it.each([
    '0',
    '-0',
    '1',
    '1.0',
    '1e3',
    '0.1',
    '123456789012345',
    '9007199254740992',
    '1e308',
    '5e-324',
    '0.10000000000000001',
    '1.50',
    '100e-2',
    '12345678901234567000',
  ])('%s', (text) => expect(survives(text)).toBe(true));
  it.each([
    '9007199254740993',
    '1e309',
    '1e-400',
    '12345678901234567891',
    '0.1234567890123456789',
    '3.141592653589793238',
  ])('and that do not: %s', (text) => expect(survives(text)).toBe(false));
});

describe('times', () => {
  const now = Date.parse('2026-11-23T00:00:00Z');
  it.each([
    ['2026-02-28T00:00:00Z', '2026-02-28T00:00:00.000Z'],
    ['2028-02-29T23:59:59.123456Z', '2028-02-29T23:59:59.123Z'],
    ['2026-01-01T00:00+05:30', '2025-12-31T18:30:00.000Z'],
    ['1970-01-01T00:00:00Z', '1970-01-01T00:00:00.000Z'],
  ])('%s', (text, expected) => expect(parseTime(text, now)).toEqual(new Date(expected)));

  it.each([
    '',
    '2026-02-29T00:00:00Z',
    '2026-13-01T00:00:00Z',
    '2026-01-01',
    '2026-01-01T00:00:00',
    '2026-01-01T25:00:00Z',
    '2026-01-01T00:00:00+99:00',
    'infinity',
    'now',
    '1969-12-31T23:59:59Z',
    '2040-01-01T00:00:00Z',
    ' 2026-01-01T00:00:00Z',
  ])('not %j', (text) => expect(typeof parseTime(text, now)).toBe('string'));
});

describe('common passwords', () => {
  it.each([
    'password',
    'Password1!',
    'P@ssw0rd',
    '12345678',
    'qwertyuiop',
    '1q2w3e4r5t',
    'letmein123',
    'iloveyou2',
    'aaaaaaaa',
    'abcabcabc',
    'qwerty123456',
    'welcome2024!',
    'cloudtask1',
    'mypassword',
    'football99',
  ])('%s is one', (password) => expect(isCommonPassword(password)).toBe(true));
  it.each(['securePassword123', 'correct horse battery staple', 'x9Kf2LmQ', 'S3cret-pass-phrase', 'Tr0ub4dor&3'])(
    '%s is none',
    (password) => expect(isCommonPassword(password)).toBe(false),
  );
  it('answers at once for the longest', () => {
    const startedAt = performance.now();
    for (const piece of ['qwer', 'a1', '12345678', 'love', '@3!0$'])
      isCommonPassword(piece.repeat(1024 / piece.length));
    expect(performance.now() - startedAt).toBeLessThan(100);
  });
});

describe('networks', () => {
  it.each([
    ['192.0.2.17', '192.0.2.0/24'],
    ['::ffff:192.0.2.17', '192.0.2.0/24'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
  ])('%s is of %s', (address, network) => expect(networkOf(address)).toBe(network));
});

describe('the turnstile', () => {
  it('lets a few in, keeps a few waiting in their order, and refuses the rest', async () => {
    const turnstile = createTurnstile({ atOnce: 2, waiting: 3, refuse: () => new Error('full') });
    const gates = Array.from({ length: 6 }, () => Promise.withResolvers<void>());
    const entered: number[] = [];
    const passes = gates.map(({ promise }, n) =>
      turnstile.pass(() => {
        entered.push(n);
        return promise;
      }),
    );
    await expect(passes[5]).rejects.toThrow('full');
    expect(entered).toEqual([0, 1]);
    for (const gate of gates) gate.resolve();
    await Promise.all(passes.slice(0, 5));
    expect(entered).toEqual([0, 1, 2, 3, 4]);
    await turnstile.pass(async () => {});
  });
});

describe('small things', () => {
  it('canonical JSON does not depend on the order of members', () => {
    expect(canonicalJson({ b: [{ d: 1, c: undefined, a: null }], a: 'x' })).toBe('{"a":"x","b":[{"a":null,"d":1}]}');
  });

  it('the cache keeps what is used and stays bounded', () => {
    const cache = generationCache<number>(10);
    for (let n = 0; n < 1_000; n += 1) {
      cache.set(`k${n}`, n);
      cache.get('k0');
    }
    expect(cache.get('k0')).toBe(0);
    expect(cache.get('k500')).toBeUndefined();
    cache.delete('k0');
    expect(cache.get('k0')).toBeUndefined();
  });

  it('the sequence of a job grows through its life', () => {
    const life = [
      [0, 'SCHEDULED'],
      [0, 'PENDING'],
      [1, 'RUNNING'],
      [1, 'RETRYING'],
      [1, 'PENDING'],
      [2, 'RUNNING'],
      [2, 'FAILED'],
      [3, 'PENDING'],
      [10, 'RUNNING'],
      [10, 'COMPLETED'],
    ] as const;
    for (const [index, [fence, status]] of life.entries()) {
      const before = life[index - 1];
      if (before)
        expect(isAfter(placeOf({ fence, status }), placeOf({ fence: before[0], status: before[1] }))).toBe(true);
    }
    expect(parseSequence('10.4')).toEqual({ fence: 10, step: 4, n: 0 });
    expect(parseSequence('10.1.7')).toEqual({ fence: 10, step: 1, n: 7 });
    expect(['10.5', '10', '10.1.', '10.1.2.3', 'x'].map(parseSequence)).toEqual(Array(5).fill(undefined));
  });

  it('what an attempt said stands between its start and its end', () => {
    const places = ['3.4', '4.1', '4.1.1', '4.1.2', '4.1.10', '4.2', '4.3', '5.1', '5.1.1'].map(
      parseSequence,
    ) as Place[];
    for (const [index, place] of places.entries()) {
      for (const before of places.slice(0, index)) expect(isAfter(place, before)).toBe(true);
      for (const later of places.slice(index)) expect(isAfter(place, later)).toBe(false);
    }
  });

  it('the schema of a job has all its members', () => {
    expect(JOB_FIELDS).toHaveLength(28);
  });

  it('every problem has a status, a title and a hint', () => {
    for (const { status, title, hint } of Object.values(PROBLEMS)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(title).not.toMatch(/\.$/);
      expect(hint).toMatch(/\.$/);
    }
  });
});
