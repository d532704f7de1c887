import { describe, expect, it } from 'vitest';
import type { QueueCapacity } from '../../src/protocol/catalogue.ts';
import { MessageSize, Room } from '../../src/protocol/room.ts';

const NOTHING = { jobs: 0, workMs: 0 };

function capacity(slots: number, types: Record<string, number | null>): QueueCapacity {
  return { slots, types: new Map(Object.entries(types)) };
}

function taken(room: Room, type: string): number {
  let jobs = 0;
  while (room.take(type)) jobs += 1;
  return jobs;
}

describe('the room of a queue', () => {
  it.each([
    { why: 'its workers have no slots', queue: capacity(0, { a: 1 }), expected: 0 },
    { why: 'jobs are slow: two rounds', queue: capacity(10, { a: 60_000 }), expected: 20 },
    { why: 'jobs are fast: what is done in half a second', queue: capacity(10, { a: 4.95 }), expected: 1_000 },
    { why: 'a type was never timed: as if it were slow', queue: capacity(10, { a: null }), expected: 250 },
    { why: 'another type is slow: that does not count', queue: capacity(10, { a: 4.95, b: 60_000 }), expected: 1_000 },
    {
      why: 'jobs take no time: a bound that cancel and priority can live with',
      queue: capacity(1_000, { a: 0 }),
      expected: 20_000,
    },
  ])('is for $expected jobs when $why', ({ queue, expected }) => {
    expect(taken(new Room(queue, NOTHING), 'a')).toBe(expected);
  });

  it('is less by what the broker holds already, by time as by number', () => {
    const queue = capacity(10, { a: 4.95 });
    expect(taken(new Room(queue, { jobs: 400, workMs: 2_000 }), 'a')).toBe(600);
    expect(taken(new Room(queue, { jobs: 40, workMs: 5_000 }), 'a')).toBe(0);
  });

  it('keeps two rounds for the slots, however long the work in them', () => {
    expect(taken(new Room(capacity(10, { a: 5 }), { jobs: 5, workMs: 1_000_000 }), 'a')).toBe(15);
  });
});

describe('the size of a message', () => {
  it('is a single slow job before anything was published, then what was published lately', () => {
    const size = new MessageSize();
    expect(size.of(3)).toEqual({ jobs: 3, workMs: 60 });
    size.note({ jobs: 50, workMs: 5 });
    expect(size.of(2)).toEqual({ jobs: 100, workMs: 10 });
    for (let i = 0; i < 100; i += 1) size.note({ jobs: 1, workMs: 1_000 });
    expect(size.of(1).jobs).toBeCloseTo(1, 1);
    expect(size.of(1).workMs).toBeCloseTo(1_000, -1);
  });
});
