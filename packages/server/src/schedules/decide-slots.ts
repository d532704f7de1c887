import type { CatchUp, OnOverlap, SlotOutcome } from '@cloudtask/sdk/schedules-contract';
import type { PassedOver } from './due-slots.ts';
import { nextStart } from './next-start.ts';

export interface SlotsToDecide {
  /** Came due before all others. */
  passedOver: PassedOver | null;
  /** Oldest first, as are `onTime`. */
  missed: readonly Date[];
  onTime: readonly Date[];
  catchUp: CatchUp;
  onOverlap: OnOverlap;
  /** It ended, however it ended, or there is none any more. */
  isLastJobOver: boolean;
  /** One of an earlier turn. */
  waitingSlot: Date | null;
}

export interface DecidedSlots {
  /** Oldest first. A slot that waits is not among them: it is decided when its turn comes. */
  slots: { slot: Date; outcome: Exclude<SlotOutcome, 'refused'>; detail?: string }[];
  waitingSlot: Date | null;
  cancelsLastJob: boolean;
}

/** What becomes of the slots of one turn: first by what was missed, then by whether the last job is over. */
export function decideSlots(given: SlotsToDecide): DecidedSlots {
  const { wanted, missed } = chooseByCatchUp(given);
  const candidates = given.waitingSlot ? [given.waitingSlot, ...wanted] : wanted;
  const decided = decideByOverlap(given, candidates);
  const notMade = missed.map((slot) => ({ slot, outcome: 'missed' as const }));
  const slots = [...noteOf(given.passedOver), ...notMade, ...decided.slots];
  return { ...decided, slots: slots.sort((a, b) => +a.slot - +b.slot) };
}

/** One row stands for them all. */
function noteOf(passedOver: PassedOver | null): DecidedSlots['slots'] {
  if (!passedOver) return [];
  const detail = `with every slot since ${passedOver.since.toISOString()}`;
  return [{ slot: passedOver.newest, outcome: 'missed', detail }];
}

function chooseByCatchUp({ missed, onTime, catchUp }: SlotsToDecide): { wanted: readonly Date[]; missed: Date[] } {
  if (missed.length === 0) return { wanted: onTime, missed: [] };
  switch (catchUp) {
    case 'none':
      return { wanted: onTime, missed: [...missed] };
    case 'all':
      return { wanted: [...missed, ...onTime], missed: [] };
    case 'latest': {
      const due = [...missed, ...onTime];
      return { wanted: due.slice(-1), missed: due.slice(0, -1) };
    }
    default:
      return catchUp satisfies never;
  }
}

function decideByOverlap({ onOverlap, isLastJobOver }: SlotsToDecide, candidates: readonly Date[]): DecidedSlots {
  const as = (outcome: 'fired' | 'overlap') => (slot: Date) => ({ slot, outcome });
  const none = { waitingSlot: null, cancelsLastJob: false };
  const start = nextStart(onOverlap, isLastJobOver);
  switch (onOverlap) {
    case 'allow':
      return { ...none, slots: candidates.map(as('fired')) };
    // Of several at once all but the newest would be cancelled as soon as they were made.
    case 'cancel':
      return {
        ...none,
        slots: [...candidates.slice(0, -1).map(as('overlap')), ...candidates.slice(-1).map(as('fired'))],
        cancelsLastJob: start === 'cancelling' && candidates.length > 0,
      };
    case 'skip': {
      const fired = start === 'free' ? 1 : 0;
      return {
        ...none,
        slots: [...candidates.slice(0, fired).map(as('fired')), ...candidates.slice(fired).map(as('overlap'))],
      };
    }
    case 'queue': {
      const fired = start === 'free' ? 1 : 0;
      return {
        ...none,
        slots: [...candidates.slice(0, fired).map(as('fired')), ...candidates.slice(fired + 1).map(as('overlap'))],
        waitingSlot: candidates[fired] ?? null,
      };
    }
    default:
      return onOverlap satisfies never;
  }
}
