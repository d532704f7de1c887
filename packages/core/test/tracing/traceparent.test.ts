import { describe, expect, it } from 'vitest';
import { formatTraceparent, parseTraceparent, traceIdOf, traceparentOf } from '../../src/tracing/traceparent.ts';

const TRACE = '0af7651916cd43dd8448eb211c80319c';
const SPAN = 'b7ad6b7169203331';

describe('a traceparent', () => {
  it.each([
    [`00-${TRACE}-${SPAN}-01`, 1],
    [`00-${TRACE}-${SPAN}-00`, 0],
    // Flags that this version does not know are not an error.
    [`00-${TRACE}-${SPAN}-03`, 1],
    [`00-${TRACE}-${SPAN}-fe`, 0],
    // A later version is read as far as it is known.
    [`cc-${TRACE}-${SPAN}-01`, 1],
    [`01-${TRACE}-${SPAN}-01-what-the-future-brings`, 1],
  ])('%s is read', (text, traceFlags) => {
    expect(parseTraceparent(text)).toEqual({ traceId: TRACE, spanId: SPAN, traceFlags, isRemote: true });
    expect(traceparentOf(text)).toBe(`00-${TRACE}-${SPAN}-0${traceFlags}`);
    expect(traceIdOf(text)).toBe(TRACE);
  });

  it.each([
    [undefined],
    [null],
    [42],
    [''],
    ['nonsense'],
    [`ff-${TRACE}-${SPAN}-01`],
    [`00-${TRACE}-${SPAN}-01-more`],
    [`01-${TRACE}-${SPAN}-01more`],
    [`00-${TRACE}-${SPAN}`],
    [`00-${TRACE}-${SPAN}-1`],
    [` 00-${TRACE}-${SPAN}-01`],
    [`00-${TRACE}-${SPAN}-01\n`],
    [`00-${TRACE.toUpperCase()}-${SPAN}-01`],
    [`00-${'0'.repeat(32)}-${SPAN}-01`],
    [`00-${TRACE}-${'0'.repeat(16)}-01`],
    [`00-${TRACE}-${SPAN}-01, 00-${TRACE}-${SPAN}-01`],
    [[`00-${TRACE}-${SPAN}-01`]],
  ])('%j is none and is ignored', (text) => {
    expect(parseTraceparent(text)).toBeUndefined();
    expect(traceparentOf(text)).toBeUndefined();
    expect(traceIdOf(text)).toBeUndefined();
  });

  it('is written as it is read', () => {
    const text = `00-${TRACE}-${SPAN}-01`;
    expect(formatTraceparent(parseTraceparent(text) as NonNullable<ReturnType<typeof parseTraceparent>>)).toBe(text);
  });
});
