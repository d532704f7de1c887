import { describe, expect, it } from 'vitest';
import { redactFields, scrubLine } from '../src/redact.ts';

const MIB = 1024 * 1024;
const filled = (piece: string) => piece.repeat(MIB / piece.length);

/** The shortest of three, so that a pause of the machine counts for nothing. */
function milliseconds(work: () => unknown): number {
  const taken = [1, 2, 3].map(() => {
    const from = performance.now();
    work();
    return performance.now() - from;
  });
  return Math.min(...taken);
}

describe('a line without its secrets', () => {
  it.each([
    'http://a:b,',
    '://',
    '://:',
    'x:y@z://',
    'http://u:p@h,',
    'eyJ',
    'eyJa.',
    'eyJa.b.',
    'bearer  ',
    'bearer a',
  ])('is made in a time that grows with its length alone: %s', (piece) => {
    const [whole, quarter] = [filled(piece), filled(piece).slice(0, MIB / 4)];
    // 16 when it grew with the square.
    expect(milliseconds(() => scrubLine(whole))).toBeLessThan(9 * milliseconds(() => scrubLine(quarter)) + 50);
  });

  it.each([
    ['amqp://u:p@ss@mq, and redis://:pw@cache', 'amqp://u:[redacted]@mq, and redis://:[redacted]@cache'],
    ['a://u:p@h,b://v:q@i/x', 'a://u:[redacted]@i/x'],
    ['http://host:80/a and me@mail', 'http://host:80/a and me@mail'],
    ['"url":"pg://u:p/w@db"', '"url":"pg://u:[redacted]@db"'],
    ['token=eyJhbGci.eyJzdWIi.c2ln-_ (old)', 'token=[redacted] (old)'],
    ['see host.eyJhbGci.eyJzdWIi.c2ln', 'see host.[redacted]'],
    ['eyJ.a.b and eyJx.y', 'eyJ.a.b and eyJx.y'],
    ['bearer abcdefgh1', 'bearer [redacted]'],
  ])('%s', (line, clean) => {
    expect(scrubLine(line)).toBe(clean);
  });

  it('has fields that are the same when they are cleaned twice', () => {
    const once = redactFields({ text: 'x'.repeat(20_000), list: Array(70).fill(1), password: 'p', at: new Date(0) });
    expect(redactFields(once)).toEqual(once);
    expect(once['text']).toMatch(/^x{8152}… 11848 more characters$/);
    expect(once['list']).toHaveLength(51);
  });
});
