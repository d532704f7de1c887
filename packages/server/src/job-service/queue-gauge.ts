import type { Broker } from '@cloudtask/core/broker/broker';
import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import { repeat } from '@cloudtask/core/loop';
import { createdQueue, type Hint } from '@cloudtask/core/messages';
import { type Catalogue, type QueueCapacity, readCatalogue } from '@cloudtask/core/protocol/catalogue';
import { readBacklog } from '@cloudtask/core/protocol/dispatch';
import { readPauses } from '@cloudtask/core/protocol/queue-pauses';
import { loadOf, MessageSize, Room } from '@cloudtask/core/protocol/room';

/**
 * Knows, without asking anybody, whether a job may go straight to the broker. It looks at workers, backlog and depth in
 * the background; what it admits between two looks it counts itself.
 */
export interface QueueGauge {
  /** True: publish its hint after the commit. False: leave it to the dispatcher. */
  admit(queue: string, type: string): boolean;
  /** What the live workers of a queue can do; at most a second old. */
  capacity(queue: string): QueueCapacity | undefined;
  /** Whether a live worker of any queue registered this type: the label that metrics may carry. */
  isKnownType(type: string): boolean;
  /** What a message that was published carried. */
  published(queue: string, jobs: readonly Hint[]): void;
  /** Looks now. */
  look(): Promise<void>;
  /** Looks for workers now. */
  lookForWorkers(): Promise<void>;
  close(): Promise<void>;
}

export interface QueueGaugeDeps {
  database: Database;
  broker: Broker;
  clock: Clock;
  logger: Logger;
  /** Told once of each type that a live worker registered. */
  onType?: (type: string) => void;
}

interface QueueState {
  hasBacklog: boolean;
  /** What the broker may take until the next look. */
  room: Room;
  messageSize: MessageSize;
  usedAtMs: number;
  lookedAtMs: number;
}

const NO_LOAD = { jobs: 0, workMs: 0 };
const LOOK_MS = 250;
/** Queues that nobody submits to just now, and the workers. */
const SLOW_LOOK_MS = 1_000;
const IN_USE_MS = 10_000;
/** A look that is older says nothing: the database or the broker is away. */
const STALE_MS = 5_000;

export function startQueueGauge({ database, broker, clock, logger, onType }: QueueGaugeDeps): QueueGauge {
  const queues = new Map<string, QueueState>();
  let catalogue: Catalogue = new Map();
  let types = new Set<string>();
  let paused = new Set<string>();
  let catalogueAtMs = Number.NEGATIVE_INFINITY;

  async function look(): Promise<void> {
    await Promise.all([lookAtPauses(), clock.now() - catalogueAtMs >= SLOW_LOOK_MS && lookAtWorkers()]);
    if (!broker.health.up) return;
    const due = [...catalogue].filter(([queue]) => isDue(queues.get(queue)));
    // A queue that cannot be looked at goes stale by itself, and only that one is then left to the dispatcher.
    const looks = await Promise.allSettled(due.map(([queue, capacity]) => lookAtQueue(queue, capacity)));
    const failed = looks.find((each) => each.status === 'rejected');
    if (failed && looks.every((each) => each.status === 'rejected')) throw failed.reason;
  }

  async function lookAtPauses(): Promise<void> {
    paused = new Set((await readPauses(database)).map(({ queue }) => queue));
  }

  async function lookAtWorkers(): Promise<void> {
    const beganAtMs = clock.now();
    const seen = await readCatalogue(database);
    // Of two looks at a time the later one counts.
    if (beganAtMs < catalogueAtMs) return;
    catalogue = seen;
    catalogueAtMs = beganAtMs;
    const known = types;
    types = new Set([...catalogue.values()].flatMap((capacity) => [...capacity.types.keys()]));
    for (const type of types) if (!known.has(type)) onType?.(type);
    for (const queue of queues.keys()) if (!catalogue.has(queue)) queues.delete(queue);
  }

  function isDue(state: QueueState | undefined): boolean {
    if (!state) return true;
    const now = clock.now();
    return now - state.usedAtMs < IN_USE_MS || now - state.lookedAtMs >= SLOW_LOOK_MS;
  }

  async function lookAtQueue(queue: string, capacity: QueueCapacity): Promise<void> {
    const state = queues.get(queue) ?? {
      hasBacklog: true,
      room: new Room(capacity, NO_LOAD),
      messageSize: new MessageSize(),
      usedAtMs: Number.NEGATIVE_INFINITY,
      lookedAtMs: 0,
    };
    // Only types that somebody runs: jobs that nobody can take must not hold up the rest for ever.
    const [backlog, depth] = await Promise.all([
      readBacklog(database, { queue, types: [...capacity.types.keys()], limit: 1 }),
      broker.depth(createdQueue(queue)),
    ]);
    state.hasBacklog = backlog.length > 0;
    state.room = new Room(capacity, state.messageSize.of(depth.ready));
    state.lookedAtMs = clock.now();
    queues.set(queue, state);
  }

  const loop = repeat({ name: 'queue-gauge', everyMs: LOOK_MS, logger, runOnce: look });

  return {
    admit(queue, type) {
      const state = queues.get(queue);
      if (!state) return false;
      const now = clock.now();
      state.usedAtMs = now;
      if (state.hasBacklog || !broker.health.up || now - state.lookedAtMs > STALE_MS) return false;
      if (!catalogue.get(queue)?.types.has(type)) return false;
      if (!paused.has(queue) && state.room.take(type)) return true;
      // What goes to the database now must not be overtaken by what comes after it.
      state.hasBacklog = true;
      return false;
    },
    capacity: (queue) => catalogue.get(queue),
    isKnownType: (type) => types.has(type),
    published(queue, jobs) {
      const capacity = catalogue.get(queue);
      if (capacity) queues.get(queue)?.messageSize.note(loadOf(capacity, jobs));
    },
    look,
    lookForWorkers: lookAtWorkers,
    close: () => loop.close(),
  };
}
