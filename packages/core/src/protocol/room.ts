import type { Hint } from '../messages.ts';
import type { QueueCapacity } from './catalogue.ts';

/** How much work the broker should hold for a queue: what its workers do in this time, and at least two rounds of it. */
const WINDOW_MS = 500;
const MIN_ROUNDS = 2;
/** However fast they are: beyond this, priority and cancel would reach too few of the waiting jobs. */
const MAX_WINDOW_JOBS = 20_000;

/** A job costs a worker about this much beside its handler. */
const OVERHEAD_MS = 0.05;
/** A type that has never been timed is taken to be slow. */
const UNTIMED_MS = 20;

/** What is in the broker, or in one of its messages. */
export interface Load {
  jobs: number;
  workMs: number;
}

/** How long a slot is taken by a job of a type. */
export function workMs(capacity: QueueCapacity, type: string): number {
  return (capacity.types.get(type) ?? UNTIMED_MS) + OVERHEAD_MS;
}

export function loadOf(capacity: QueueCapacity, hints: readonly Hint[]): Load {
  return { jobs: hints.length, workMs: hints.reduce((sum, { type }) => sum + workMs(capacity, type), 0) };
}

/** The high-water mark of a queue: beyond it jobs wait in the database, where priority, pause and cancel reach them. */
export class Room {
  readonly #capacity: QueueCapacity;
  readonly #load: Load;

  /** `load`: what the broker holds already. */
  constructor(capacity: QueueCapacity, load: Load) {
    this.#capacity = capacity;
    this.#load = { ...load };
  }

  /** True: there is room for a job of this type, and it is counted. */
  take(type: string): boolean {
    const { slots } = this.#capacity;
    const { jobs, workMs: work } = this.#load;
    const isShort = jobs < slots * MIN_ROUNDS;
    if (!isShort && (work >= slots * WINDOW_MS || jobs >= MAX_WINDOW_JOBS)) return false;
    this.#load.jobs += 1;
    this.#load.workMs += workMs(this.#capacity, type);
    return true;
  }
}

/** The depth of a queue counts messages. What one holds is known to who published it, and lately is the best guess. */
export class MessageSize {
  #average: Load | undefined;

  note({ jobs, workMs: work }: Load): void {
    this.#average ??= { jobs, workMs: work };
    const average = this.#average;
    average.jobs += (jobs - average.jobs) * WEIGHT;
    average.workMs += (work - average.workMs) * WEIGHT;
  }

  /** What so many messages hold. */
  of(messages: number): Load {
    const { jobs, workMs: work } = this.#average ?? { jobs: 1, workMs: UNTIMED_MS };
    return { jobs: messages * jobs, workMs: messages * work };
  }
}

const WEIGHT = 0.1;
