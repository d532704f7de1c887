import { describe, expect, it } from 'vitest';
import type { QueueCapacity } from '../../src/protocol/catalogue.ts';
import { chunkHints, chunkSize } from '../../src/protocol/chunking.ts';

function capacity(slots: number, types: Record<string, number | null>): QueueCapacity {
  return { slots, types: new Map(Object.entries(types)) };
}

describe('the size of a chunk', () => {
  it.each([
    { why: 'nobody runs the queue', queue: undefined, expected: 1 },
    { why: 'nobody runs the type', queue: capacity(100, { other: 1 }), expected: 1 },
    { why: 'the type has never been timed', queue: capacity(100, { a: null }), expected: 1 },
    { why: 'a job takes longer than a chunk may', queue: capacity(100, { a: 25 }), expected: 1 },
    { why: 'a job takes a very long time', queue: capacity(100, { a: 60_000 }), expected: 1 },
    { why: 'several jobs fit into its time', queue: capacity(100, { a: 3 }), expected: 6 },
    { why: 'jobs are fast, but the slots are few', queue: capacity(4, { a: 0.5 }), expected: 4 },
    { why: 'jobs are fast and the slots are many', queue: capacity(1_000, { a: 0.001 }), expected: 200 },
    { why: 'jobs take no measurable time', queue: capacity(1_000, { a: 0 }), expected: 200 },
    { why: 'the workers have no slots', queue: capacity(0, { a: 1 }), expected: 1 },
  ])('is $expected when $why', ({ queue, expected }) => {
    expect(chunkSize(queue, 'a')).toBe(expected);
  });
});

describe('chunking hints', () => {
  const queue = capacity(100, { slow: 1_000, two: 10, four: 5, fresh: null });
  const chunksOf = (types: string[]) =>
    chunkHints(
      queue,
      types.map((type, index) => ({ id: String(index), type })),
    );
  const sketch = (types: string[]) => chunksOf(types).map((chunk) => chunk.map(({ type }) => type).join(' '));

  it.each([
    { given: [], expected: [] },
    { given: ['slow', 'slow'], expected: ['slow', 'slow'] },
    { given: ['fresh', 'fresh'], expected: ['fresh', 'fresh'] },
    { given: ['two', 'two', 'two'], expected: ['two two', 'two'] },
    { given: Array(9).fill('four'), expected: ['four four four four', 'four four four four', 'four'] },
    // The smallest limit of those in the message counts.
    { given: ['four', 'two', 'four'], expected: ['four two', 'four'] },
    { given: ['two', 'four', 'four', 'four'], expected: ['two four', 'four four'] },
    { given: ['four', 'four', 'two', 'two'], expected: ['four four', 'two two'] },
    { given: ['four', 'slow', 'four'], expected: ['four', 'slow', 'four'] },
    { given: ['slow', 'four', 'four'], expected: ['slow', 'four four'] },
  ])('makes $expected of $given', ({ given, expected }) => {
    expect(sketch(given)).toEqual(expected);
  });

  it('keeps every hint, in order, and no message above a limit of its jobs', () => {
    const types = Array.from(
      { length: 500 },
      (_, index) => ['slow', 'two', 'four', 'fresh'][((index * 7919) % 13) % 4] as string,
    );
    const chunks = chunksOf(types);
    expect(chunks.flat().map(({ id }) => id)).toEqual(types.map((_, index) => String(index)));
    for (const chunk of chunks) {
      for (const { type } of chunk) expect(chunk.length).toBeLessThanOrEqual(chunkSize(queue, type));
    }
  });

  it('sends hints alone to a queue that nobody runs', () => {
    expect(
      chunkHints(undefined, [
        { id: '1', type: 'a' },
        { id: '2', type: 'a' },
      ]),
    ).toHaveLength(2);
  });
});
