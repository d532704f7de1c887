import { describe, expect, it } from 'vitest';
import { ResultNotStorable, toStorableText } from '../src/storable-result.ts';

const nested = (depth: number) => JSON.parse('['.repeat(depth) + ']'.repeat(depth)) as unknown;

describe('a result as text', () => {
  it.each([
    [undefined, 'null'],
    [null, 'null'],
    [{ a: [1, 'x', null] }, '{"a":[1,"x",null]}'],
    [new Date(0), '"1970-01-01T00:00:00.000Z"'],
    ['\0', '"\ufffd"'],
    ['\ud800 and \udc00', '"\ufffd and \ufffd"'],
    ['😀', '"😀"'],
    ['\\u0000', '"\\\\u0000"'],
    ['\\\0', '"\\\\\ufffd"'],
    [{ 'a\0': 1 }, '{"a\ufffd":1}'],
    ['\u0001', '"\\u0001"'],
    ['null', '"null"'],
    [nested(32), '['.repeat(32) + ']'.repeat(32)],
    [{ text: '['.repeat(100) }, `{"text":"${'['.repeat(100)}"}`],
  ])('%j is %s', (value, text) => {
    expect(toStorableText(value)).toBe(text);
  });

  const cycle: Record<string, unknown> = {};
  cycle['self'] = cycle;

  it.each([
    ['NaN', Number.NaN],
    ['an infinite number somewhere', { a: [{ b: Number.POSITIVE_INFINITY }] }],
    ['a bigint', { a: 1n }],
    ['a cycle', cycle],
    ['a function', () => 1],
    ['a symbol', Symbol('x')],
    ['33 levels', nested(33)],
    ['more than 256 KiB', 'é'.repeat(131_072)],
    [
      'a value that throws',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
    ],
  ])('%s is refused', (_, value) => {
    expect(() => toStorableText(value)).toThrow(ResultNotStorable);
  });

  it('takes exactly 256 KiB', () => {
    expect(toStorableText('x'.repeat(256 * 1024 - 2))).toHaveLength(256 * 1024);
  });
});
