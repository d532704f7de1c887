import { describe, expect, it } from 'vitest';
import { laneFor, lanesOf, totalSlots } from '../../src/protocol/live-workers.ts';

const sharing = { queues: ['default', 'mail'], queueSlots: null, slots: 10 };
const mixed = { queues: ['default', 'mail', 'report', 'audit'], queueSlots: [0, 3, 0, 2], slots: 10 };
const apart = { queues: ['mail', 'audit'], queueSlots: [3, 2], slots: 0 };

describe('the lanes of a worker', () => {
  it('are one when all its queues share the slots', () => {
    expect(lanesOf(sharing)).toEqual([{ queues: ['default', 'mail'], slots: 10 }]);
  });

  it('are one for those that share, and one for each queue with slots of its own', () => {
    expect(lanesOf(mixed)).toEqual([
      { queues: ['default', 'report'], slots: 10 },
      { queues: ['mail'], slots: 3 },
      { queues: ['audit'], slots: 2 },
    ]);
  });

  it('have none that is shared when every queue has slots of its own, whatever else the worker says', () => {
    expect(lanesOf({ ...apart, slots: 50 })).toEqual([
      { queues: ['mail'], slots: 3 },
      { queues: ['audit'], slots: 2 },
    ]);
  });

  it('are found by a queue, and not by one that the worker does not listen to', () => {
    expect(laneFor(mixed, 'report')).toEqual({ queues: ['default', 'report'], slots: 10 });
    expect(laneFor(mixed, 'mail')).toEqual({ queues: ['mail'], slots: 3 });
    expect(laneFor(mixed, 'other')).toBeUndefined();
  });

  it('make together all its slots, each counted once', () => {
    expect([sharing, mixed, apart].map(totalSlots)).toEqual([10, 15, 5]);
  });
});
