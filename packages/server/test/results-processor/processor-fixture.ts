import { randomUUID } from 'node:crypto';
import type { Broker, Delivery } from '@cloudtask/core/broker/broker';
import { openMemoryBroker } from '@cloudtask/core/broker/memory';
import { type Database, DatabaseUnavailable } from '@cloudtask/core/database/database';
import { migrate } from '@cloudtask/core/database/migrate';
import { openPgliteInMemory } from '@cloudtask/core/database/pglite';
import { silentLogger } from '@cloudtask/core/logger';
import { COMPLETED_QUEUE, type CompletedEvent, type Outcome, QUARANTINE_QUEUE } from '@cloudtask/core/messages';
import { createRegistry } from '@cloudtask/core/metrics';
import { submitJobs } from '@cloudtask/core/protocol/submit';
import { openMemorySignals } from '@cloudtask/core/signals/memory';
import type { SignalNote } from '@cloudtask/core/signals/signals';
import { eventually } from '../../../../test/support/eventually.ts';
import { AGEING_MS, JobFixture, newJob, USER } from '../../../core/test/protocol/job-fixture.ts';
import { instrument } from '../../../core/test/protocol/protocol-tables.ts';
import { type ResultsProcessor, startResultsProcessor } from '../../src/results-processor/service.ts';

export type Running = Omit<CompletedEvent, 'outcome'>;

export interface Quarantined {
  queue: string;
  reason: string;
  body: string;
}

/** A results-processor between a real database that can be taken away and a real broker whose acks are counted. */
export class ProcessorFixture {
  readonly database: Database;
  readonly broker: Broker;
  readonly signals = openMemorySignals();
  readonly registry = createRegistry({ application: 'test', processMetrics: false });
  readonly jobs: JobFixture;
  readonly rung: SignalNote[] = [];
  processor: ResultsProcessor | undefined;
  isDatabaseAway = false;
  /** Name of a statement that alone fails. */
  refuses: string | undefined;
  refusedStatements = 0;
  acks = 0;
  /** While true, `jobs.quarantine` takes nothing. */
  refusesQuarantine = false;
  quarantineTries = 0;

  static async open(): Promise<ProcessorFixture> {
    const database = await openPgliteInMemory();
    await migrate(database);
    await instrument(database);
    const fixture = new ProcessorFixture(database);
    await fixture.signals.listen('jobs', (notes) => fixture.rung.push(...notes));
    return fixture;
  }

  constructor(database: Database) {
    this.database = database;
    this.jobs = new JobFixture(database);
    this.broker = this.#counting(openMemoryBroker());
  }

  async start(): Promise<ResultsProcessor> {
    const database: Database = Object.create(this.database, {
      query: {
        value: async (...[statement, values]: Parameters<Database['query']>) => {
          if (!this.isDatabaseAway && statement.name !== this.refuses)
            return await this.database.query(statement, values);
          this.refusedStatements += 1;
          throw new DatabaseUnavailable('taken away by the test');
        },
      },
    });
    const { broker, signals, registry } = this;
    this.processor = await startResultsProcessor({ database, broker, signals, registry, logger: silentLogger });
    return this.processor;
  }

  #counting(broker: Broker): Broker {
    const count = (delivery: Delivery): Delivery => ({
      body: delivery.body,
      redelivered: delivery.redelivered,
      requeue: () => delivery.requeue(),
      ack: () => {
        this.acks += 1;
        delivery.ack();
      },
    });
    return {
      system: broker.system,
      ...{ depth: broker.depth.bind(broker), purge: broker.purge.bind(broker), close: broker.close.bind(broker) },
      wasWiped: broker.wasWiped.bind(broker),
      health: broker.health,
      consume: (queue, options, onDelivery) =>
        broker.consume(queue, options, (delivery) => onDelivery(count(delivery))),
      publish: async (queue, body) => {
        if (queue === QUARANTINE_QUEUE) this.quarantineTries += 1;
        if (queue === QUARANTINE_QUEUE && this.refusesQuarantine) throw new Error('not now');
        await broker.publish(queue, body);
      },
    };
  }

  /** As many jobs that one worker runs. */
  async running(count: number): Promise<Running[]> {
    const jobs = Array.from({ length: count }, () => newJob());
    await submitJobs(this.database, jobs, AGEING_MS);
    const workerId = await this.jobs.worker();
    const token = randomUUID();
    const ids = jobs.map(({ id }) => id);
    const claimed = await this.jobs.claim(ids, { workerId, token });
    return claimed.map(({ id, fence, attempt, type }) => ({
      jobId: id,
      fence,
      claimToken: token,
      attempt,
      type,
      userId: USER,
      worker: 'w',
      at: Date.now(),
    }));
  }

  async report(events: readonly CompletedEvent[]): Promise<void> {
    await this.send(COMPLETED_QUEUE, { v: 1, events });
  }

  async send(queue: string, message: unknown): Promise<void> {
    const text = typeof message === 'string' ? message : JSON.stringify(message);
    await this.broker.publish(queue, Buffer.from(text));
  }

  async statuses(jobs: readonly { jobId: string }[]): Promise<string[]> {
    return await Promise.all(jobs.map(({ jobId }) => this.jobs.status(jobId)));
  }

  async allAre(status: string, jobs: readonly { jobId: string }[], timeoutMs = 5_000): Promise<void> {
    const are = async () => (await this.statuses(jobs)).every((each) => each === status);
    await eventually(are, { timeoutMs, describe: () => this.statuses(jobs) });
  }

  async metric(name: string): Promise<number> {
    const metric = await this.registry.getSingleMetric(name)?.get();
    return metric?.values.reduce((sum, { value }) => sum + value, 0) ?? 0;
  }

  async takeQuarantined(count: number): Promise<Quarantined[]> {
    const taken: Quarantined[] = [];
    const consumer = await this.broker.consume(QUARANTINE_QUEUE, { prefetch: 100 }, (delivery) => {
      const { queue, reason, body } = JSON.parse(delivery.body.toString()) as Quarantined;
      taken.push({ queue, reason, body: Buffer.from(body, 'base64').toString() });
      delivery.ack();
    });
    try {
      await eventually(() => taken.length >= count, { timeoutMs: 5_000, describe: () => taken });
    } finally {
      await consumer.close();
    }
    return taken;
  }

  async close(): Promise<void> {
    await this.processor?.close();
    await this.broker.close();
    await this.signals.close();
    await this.database.close();
  }
}

export function ended(running: Running, outcome: Outcome): CompletedEvent {
  return { ...running, outcome };
}
