import { randomUUID } from 'node:crypto';
import type { Broker } from '@cloudtask/core/broker/broker';
import { openMemoryBroker } from '@cloudtask/core/broker/memory';
import { type DatabaseClock, databaseClock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { migrate } from '@cloudtask/core/database/migrate';
import { openPgliteInMemory } from '@cloudtask/core/database/pglite';
import { silentLogger } from '@cloudtask/core/logger';
import { createdQueue, type HintMessage } from '@cloudtask/core/messages';
import { type Counter, createRegistry } from '@cloudtask/core/metrics';
import { registerWorker } from '@cloudtask/core/protocol/workers';
import { publishesCounter } from '@cloudtask/core/publishes-counter';
import { openMemorySignals } from '@cloudtask/core/signals/memory';
import type { SignalChannel, SignalNote, Signals } from '@cloudtask/core/signals/signals';
import { eventually } from '../../../../test/support/eventually.ts';
import { JobFixture } from '../../../core/test/protocol/job-fixture.ts';
import { instrument, passTime } from '../../../core/test/protocol/protocol-tables.ts';

export interface Scheduling {
  database: Database;
  broker: Broker;
  signals: Signals;
  clock: DatabaseClock;
  logger: typeof silentLogger;
  holder: string;
  publishes: Counter<'outcome'>;
  jobs: JobFixture;
  /** What was rung on a channel so far. */
  rung(channel: SignalChannel): Promise<SignalNote[]>;
  /** Moves the time of the database, and of the clock. */
  pass(ms: number): Promise<void>;
  worker(types: Record<string, number | null>, options?: { slots?: number; queue?: string }): Promise<number>;
  /** Takes the ids of all hints that the broker has of a queue, in their order. */
  takeHints(queue?: string): Promise<string[]>;
  close(): Promise<void>;
}

/** What the duties stand on: a database whose time the test moves, an empty broker, a doorbell that is listened to. */
export async function openScheduling(given?: Database): Promise<Scheduling> {
  const database = given ?? (await openPgliteInMemory());
  await migrate(database);
  await instrument(database);
  const broker = openMemoryBroker();
  const signals = openMemorySignals();
  const stop = new AbortController();
  const clock = await databaseClock(database, stop.signal);
  const notes: Record<SignalChannel, SignalNote[]> = { jobs: [], journals: [], cancels: [], backlog: [], drains: [] };
  for (const channel of ['jobs', 'backlog'] as const) await signals.listen(channel, (n) => notes[channel].push(...n));

  return {
    database,
    broker,
    signals,
    clock,
    logger: silentLogger,
    holder: randomUUID(),
    publishes: publishesCounter(createRegistry({ application: 'test', processMetrics: false })),
    jobs: new JobFixture(database),
    async rung(channel) {
      // What is rung in one turn is told in the next.
      await new Promise((resolve) => setImmediate(() => setImmediate(resolve)));
      return notes[channel].splice(0);
    },
    async pass(ms) {
      await passTime(database, ms);
      await clock.measure();
    },
    worker: (types, { slots = 4, queue = 'default' } = {}) =>
      registerWorker(database, {
        name: 'w',
        host: 'h',
        pid: 1,
        version: '0',
        queues: [queue],
        types: Object.entries(types).map(([type, meanMs]) => ({ type, meanMs })),
        slots,
      }),
    takeHints: (queue = 'default') => takeHints(broker, queue),
    async close() {
      stop.abort();
      await Promise.all([broker.close(), signals.close()]);
      await database.close();
    },
  };
}

async function takeHints(broker: Broker, queue: string): Promise<string[]> {
  const name = createdQueue(queue);
  const { ready } = await broker.depth(name);
  const ids: string[] = [];
  let messages = 0;
  const consumer = await broker.consume(name, { prefetch: Math.max(1, ready) }, (delivery) => {
    messages += 1;
    ids.push(...(JSON.parse(delivery.body.toString()) as HintMessage).jobs.map(({ id }) => id));
    delivery.ack();
  });
  await eventually(() => messages >= ready);
  await consumer.close();
  return ids;
}
