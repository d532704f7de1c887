import { type Broker, BrokerUnavailable } from '@cloudtask/core/broker/broker';
import { type Database, DatabaseUnavailable } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import { createdQueue, type Hint, type HintMessage } from '@cloudtask/core/messages';
import type { Counter } from '@cloudtask/core/metrics';
import { type QueueCapacity, readCatalogue } from '@cloudtask/core/protocol/catalogue';
import { chunkHints } from '@cloudtask/core/protocol/chunking';
import { markDispatched, queuesWithBacklog, readBacklog } from '@cloudtask/core/protocol/dispatch';
import { holdDuty } from '@cloudtask/core/protocol/duties';
import { readPauses } from '@cloudtask/core/protocol/queue-pauses';
import { readTraceparents } from '@cloudtask/core/protocol/read-traceparents';
import { loadOf, MessageSize, Room } from '@cloudtask/core/protocol/room';
import { activeTracer } from '@cloudtask/core/tracing';
import { publishTraced } from '@cloudtask/core/tracing/publish-span';

export interface DispatchBacklog {
  database: Database;
  broker: Broker;
  logger: Logger;
  /** Who this scheduler is among its replicas. */
  holder: string;
  publishes: Counter<'outcome'>;
}

/** Jobs read, published and marked at a time. */
const BATCH = 1_000;
/** Longer than one round ever takes, short enough for another replica to go on soon after a crash. */
const DUTY_MS = 3_000;
/** When to look whether the hints were followed. */
const RECHECK_MS = 15_000;
/** How long a queue that cannot be used is left alone. */
const TROUBLE_MS = 5_000;

/** Feeds each queue from the backlog, most urgent first, up to its high-water mark. */
export function backlogDispatch(deps: DispatchBacklog): () => Promise<{ again: boolean }> {
  const { database, broker, holder, logger } = deps;
  const sizes = new Map<string, MessageSize>();
  const leftAloneUntil = new Map<string, number>();

  // One queue of another type than it should be, for example, must not hold up the rest.
  function leaveAlone(queue: string, error: unknown): void {
    if (error instanceof BrokerUnavailable || error instanceof DatabaseUnavailable) throw error;
    logger.error({ err: error, queue }, 'the backlog of this queue cannot be dispatched');
    leftAloneUntil.set(queue, performance.now() + TROUBLE_MS);
  }

  return async function dispatchBacklog(): Promise<{ again: boolean }> {
    if (!broker.health.up) return { again: false };
    const queues = await queuesWithBacklog(database);
    if (queues.length === 0) return { again: false };
    if (!(await holdDuty(database, { name: 'dispatch', holder, holdMs: DUTY_MS }))) return { again: false };
    const catalogue = await readCatalogue(database);
    const paused = new Set((await readPauses(database)).map(({ queue }) => queue));
    let again = false;
    for (const queue of queues) {
      const capacity = catalogue.get(queue);
      // Claims are refused too; but hints that nobody may follow would only go round.
      if (paused.has(queue)) continue;
      if (!capacity || performance.now() < (leftAloneUntil.get(queue) ?? 0)) continue;
      const size = sizes.get(queue) ?? new MessageSize();
      sizes.set(queue, size);
      try {
        if (await dispatchQueue(deps, { queue, capacity, size })) again = true;
      } catch (error) {
        leaveAlone(queue, error);
      }
    }
    return { again };
  };
}

interface FedQueue {
  queue: string;
  capacity: QueueCapacity;
  size: MessageSize;
}

/** True when there was more to dispatch than one batch and the queue may have room for it. */
async function dispatchQueue(deps: DispatchBacklog, { queue, capacity, size }: FedQueue): Promise<boolean> {
  const { database, broker, logger } = deps;
  const { ready } = await broker.depth(createdQueue(queue));
  const room = new Room(capacity, size.of(ready));
  const waiting = await readBacklog(database, { queue, types: [...capacity.types.keys()], limit: BATCH });
  // The first that finds no room ends it: what comes after it must not overtake it.
  const end = waiting.findIndex(({ type }) => !room.take(type));
  const hints = end === -1 ? waiting : waiting.slice(0, end);
  if (hints.length === 0) return false;
  const chunks = chunkHints(capacity, hints);
  for (const chunk of chunks) size.note(loadOf(capacity, chunk));
  const ids = await publishHints(deps, { queue, chunks, traceparents: await tracesOf(database, hints) });
  if (ids.length > 0) await markDispatched(database, { queue, ids, recheckMs: RECHECK_MS });
  logger.debug({ queue, jobs: ids.length }, 'backlog dispatched');
  return ids.length === BATCH;
}

/** Undefined without traces, and when they cannot be read: no job waits for its trace. */
async function tracesOf(database: Database, hints: readonly Hint[]): Promise<Traceparents | undefined> {
  if (!activeTracer()) return undefined;
  const ids = hints.map(({ id }) => id);
  return await readTraceparents(database, ids).catch(() => undefined);
}

/** By job id. */
type Traceparents = ReadonlyMap<string, string>;

interface PublishHints {
  queue: string;
  chunks: readonly Hint[][];
  traceparents: Traceparents | undefined;
}

/** The ids whose hints the broker has taken. The others stay in the backlog. */
async function publishHints(
  { broker, publishes }: Pick<DispatchBacklog, 'broker' | 'publishes'>,
  { chunks, ...to }: PublishHints,
): Promise<string[]> {
  const outcomes = await Promise.allSettled(
    chunks.map((jobs) => publishTraced({ broker, jobs, body: encode(jobs), ...to })),
  );
  const published: string[] = [];
  for (const [index, outcome] of outcomes.entries()) {
    publishes.inc({ outcome: outcome.status === 'fulfilled' ? 'success' : 'failure' });
    if (outcome.status === 'fulfilled') published.push(...(chunks[index] ?? []).map(({ id }) => id));
    else if (!(outcome.reason instanceof BrokerUnavailable)) throw outcome.reason;
  }
  return published;
}

function encode(jobs: Hint[]): Buffer {
  return Buffer.from(JSON.stringify({ v: 1, jobs } satisfies HintMessage));
}
