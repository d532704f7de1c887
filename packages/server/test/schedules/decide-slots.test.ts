import { CATCH_UP_POLICIES, OVERLAP_POLICIES } from '@cloudtask/sdk/schedules-contract';
import { describe, expect, it } from 'vitest';
import { decideSlots, type SlotsToDecide } from '../../src/schedules/decide-slots.ts';

/** Slots by number, so that a table can be read. */
const slotOf = (n: number) => new Date(Date.UTC(2030, 0, 1, 0, n));
const numberOf = (slot: Date) => slot.getUTCMinutes();

interface Case extends Pick<SlotsToDecide, 'catchUp' | 'onOverlap'> {
  missed: number[];
  onTime: number[];
  waiting?: number;
  /** Default: its last job has ended, or there is none. */
  last?: 'runs';
  fired: number[];
  overlap?: number[];
  passed?: number[];
  waits?: number;
  cancels?: true;
}

function decide({ missed, onTime, waiting, last, catchUp, onOverlap }: Case) {
  const { slots, waitingSlot, cancelsLastJob } = decideSlots({
    passedOver: null,
    missed: missed.map(slotOf),
    onTime: onTime.map(slotOf),
    catchUp,
    onOverlap,
    isLastJobOver: last !== 'runs',
    waitingSlot: waiting === undefined ? null : slotOf(waiting),
  });
  const as = (outcome: string) => slots.filter((each) => each.outcome === outcome).map(({ slot }) => numberOf(slot));
  return {
    fired: as('fired'),
    overlap: as('overlap'),
    passed: as('missed'),
    waits: waitingSlot && numberOf(waitingSlot),
    cancels: cancelsLastJob,
  };
}

const CASES: [string, Case][] = [
  // One slot, on time.
  ['a slot fires', { catchUp: 'latest', onOverlap: 'skip', missed: [], onTime: [1], fired: [1] }],
  [
    'skip passes it over',
    { catchUp: 'latest', onOverlap: 'skip', missed: [], onTime: [1], last: 'runs', fired: [], overlap: [1] },
  ],
  [
    'queue lets it wait',
    { catchUp: 'latest', onOverlap: 'queue', missed: [], onTime: [1], last: 'runs', fired: [], waits: 1 },
  ],
  [
    'cancel fires and cancels',
    { catchUp: 'latest', onOverlap: 'cancel', missed: [], onTime: [1], last: 'runs', fired: [1], cancels: true },
  ],
  [
    'cancel cancels nothing that has ended',
    { catchUp: 'latest', onOverlap: 'cancel', missed: [], onTime: [1], fired: [1] },
  ],
  [
    'allow fires beside it',
    { catchUp: 'latest', onOverlap: 'allow', missed: [], onTime: [1], last: 'runs', fired: [1] },
  ],
  // Several on time: none of them was missed.
  [
    'skip: the first runs, the others find it running',
    { catchUp: 'latest', onOverlap: 'skip', missed: [], onTime: [1, 2, 3], fired: [1], overlap: [2, 3] },
  ],
  [
    'queue: one more waits',
    { catchUp: 'none', onOverlap: 'queue', missed: [], onTime: [1, 2, 3], fired: [1], overlap: [3], waits: 2 },
  ],
  [
    'cancel: only the newest would survive',
    { catchUp: 'all', onOverlap: 'cancel', missed: [], onTime: [1, 2, 3], fired: [3], overlap: [1, 2] },
  ],
  ['allow: all', { catchUp: 'latest', onOverlap: 'allow', missed: [], onTime: [1, 2, 3], fired: [1, 2, 3] }],
  // Missed ones.
  [
    'latest: one for all',
    { catchUp: 'latest', onOverlap: 'allow', missed: [1, 2, 3], onTime: [], fired: [3], passed: [1, 2] },
  ],
  [
    'latest: one on time stands for those before',
    { catchUp: 'latest', onOverlap: 'allow', missed: [1, 2], onTime: [3, 4], fired: [4], passed: [1, 2, 3] },
  ],
  [
    'none: no one',
    { catchUp: 'none', onOverlap: 'allow', missed: [1, 2, 3], onTime: [], fired: [], passed: [1, 2, 3] },
  ],
  [
    'none: those on time',
    { catchUp: 'none', onOverlap: 'allow', missed: [1, 2], onTime: [3, 4], fired: [3, 4], passed: [1, 2] },
  ],
  ['all: each', { catchUp: 'all', onOverlap: 'allow', missed: [1, 2], onTime: [3], fired: [1, 2, 3] }],
  [
    'all and skip: one, because it runs then',
    { catchUp: 'all', onOverlap: 'skip', missed: [1, 2], onTime: [3], fired: [1], overlap: [2, 3] },
  ],
  [
    'all and queue: one runs and one waits',
    { catchUp: 'all', onOverlap: 'queue', missed: [1, 2], onTime: [3], fired: [1], overlap: [3], waits: 2 },
  ],
  [
    'latest and skip while the last runs',
    {
      catchUp: 'latest',
      onOverlap: 'skip',
      missed: [1, 2],
      onTime: [],
      last: 'runs',
      fired: [],
      overlap: [2],
      passed: [1],
    },
  ],
  [
    'latest and queue while the last runs',
    {
      catchUp: 'latest',
      onOverlap: 'queue',
      missed: [1, 2],
      onTime: [],
      last: 'runs',
      fired: [],
      passed: [1],
      waits: 2,
    },
  ],
  [
    'latest and cancel while the last runs',
    {
      catchUp: 'latest',
      onOverlap: 'cancel',
      missed: [1, 2],
      onTime: [],
      last: 'runs',
      fired: [2],
      passed: [1],
      cancels: true,
    },
  ],
  [
    'none and cancel: nothing to fire, nothing to cancel',
    { catchUp: 'none', onOverlap: 'cancel', missed: [1, 2], onTime: [], last: 'runs', fired: [], passed: [1, 2] },
  ],
  // A slot that waits.
  [
    'it fires when the last has ended',
    { catchUp: 'latest', onOverlap: 'queue', missed: [], onTime: [], waiting: 1, fired: [1] },
  ],
  [
    'the next waits behind it',
    {
      catchUp: 'latest',
      onOverlap: 'queue',
      missed: [],
      onTime: [2, 3],
      waiting: 1,
      fired: [1],
      overlap: [3],
      waits: 2,
    },
  ],
  [
    'it goes on waiting, and others find its place taken',
    {
      catchUp: 'latest',
      onOverlap: 'queue',
      missed: [],
      onTime: [2],
      waiting: 1,
      last: 'runs',
      fired: [],
      overlap: [2],
      waits: 1,
    },
  ],
  [
    'none does not take it for missed',
    { catchUp: 'none', onOverlap: 'queue', missed: [2], onTime: [], waiting: 1, fired: [1], passed: [2] },
  ],
  [
    'the policy has become skip',
    {
      catchUp: 'latest',
      onOverlap: 'skip',
      missed: [],
      onTime: [2],
      waiting: 1,
      last: 'runs',
      fired: [],
      overlap: [1, 2],
    },
  ],
  [
    'the policy has become allow',
    { catchUp: 'latest', onOverlap: 'allow', missed: [], onTime: [2], waiting: 1, last: 'runs', fired: [1, 2] },
  ],
  [
    'the policy has become cancel',
    {
      catchUp: 'latest',
      onOverlap: 'cancel',
      missed: [],
      onTime: [2],
      waiting: 1,
      last: 'runs',
      fired: [2],
      overlap: [1],
      cancels: true,
    },
  ],
];

describe('what becomes of slots', () => {
  it.each(CASES)('%s', (_what, given) => {
    const { fired, overlap = [], passed = [], waits = null, cancels = false } = given;
    expect(decide(given)).toEqual({ fired, overlap, passed, waits, cancels });
  });

  it('is said of each slot once, in their order, whatever the policies', () => {
    for (const catchUp of CATCH_UP_POLICIES) {
      for (const onOverlap of OVERLAP_POLICIES) {
        for (const isLastJobOver of [true, false]) {
          for (const waitingSlot of [null, slotOf(0)]) {
            const [missed, onTime] = [[1, 2].map(slotOf), [3, 4].map(slotOf)];
            const answer = decideSlots({
              passedOver: null,
              missed,
              onTime,
              catchUp,
              onOverlap,
              isLastJobOver,
              waitingSlot,
            });
            const decided = answer.slots.map(({ slot }) => numberOf(slot));
            expect(decided).toEqual([...new Set(decided)].sort());
            const all = new Set([...decided, ...(answer.waitingSlot ? [numberOf(answer.waitingSlot)] : [])]);
            expect(all.size).toBe(decided.length + (answer.waitingSlot ? 1 : 0));
            expect(all.size).toBe(waitingSlot ? 5 : 4);
          }
        }
      }
    }
  });
});
