import { randomUUID } from 'node:crypto';
import type { Broker } from '@cloudtask/core/broker/broker';
import { openMemoryBroker } from '@cloudtask/core/broker/memory';
import { systemClock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { migrate } from '@cloudtask/core/database/migrate';
import { openPgliteInMemory } from '@cloudtask/core/database/pglite';
import { newId } from '@cloudtask/core/ids';
import { silentLogger } from '@cloudtask/core/logger';
import { COMPLETED_QUEUE, type CompletedEvent, createdQueue, DEFAULT_QUEUE } from '@cloudtask/core/messages';
import { createRegistry } from '@cloudtask/core/metrics';
import { settleAttempts } from '@cloudtask/core/protocol/settle';
import { type NewJob, submitJobs } from '@cloudtask/core/protocol/submit';
import { openMemorySignals } from '@cloudtask/core/signals/memory';
import type { Signals } from '@cloudtask/core/signals/signals';
import type { JobStatus, Json } from '@cloudtask/sdk/contract';
import type { Handler } from '@cloudtask/sdk/define-handler';
import { defineHandler } from '@cloudtask/sdk/define-handler';
import { eventually } from '../../../../test/support/eventually.ts';
import { emptyOwnTables } from '../../../core/test/protocol/protocol-tables.ts';
import { startWorker } from '../../src/service.ts';
import type { WorkerSettings } from '../../src/settings.ts';
import type { RunningWorker } from '../../src/worker-life.ts';
import type { WorkerParts } from '../../src/worker-parts.ts';

export interface StoredJob {
  status: JobStatus;
  reason: string | null;
  result: Json;
  error: { message: string; code: string; name: string; retryable: boolean } | null;
  failures: number;
  losses: number;
  fence: number;
  hinted: boolean;
  nextInMs: number | null;
}

/** Database, broker and doorbell, and what the other services would do: submit, hint, settle. */
export class TestPlatform {
  readonly parts: Omit<WorkerParts, 'settings'>;
  readonly #workers: RunningWorker[] = [];
  readonly #databaseUrl: string | undefined;
  settlesReports = true;

  static async inMemory(): Promise<TestPlatform> {
    return TestPlatform.#of(await openTestDatabase());
  }

  /** On a database that stays open after it; what others left in there is deleted. For `leave`, not for `close`. */
  static async on(database: Database): Promise<TestPlatform> {
    await emptyOwnTables(database);
    return TestPlatform.#of(database);
  }

  static #of(database: Database): TestPlatform {
    return new TestPlatform({ database, broker: openMemoryBroker(), signals: openMemorySignals() });
  }

  constructor(
    { database, broker, signals }: { database: Database; broker: Broker; signals: Signals },
    databaseUrl?: string,
  ) {
    this.#databaseUrl = databaseUrl;
    const registry = createRegistry({ application: 'test', processMetrics: false });
    this.parts = { database, broker, signals, clock: systemClock, logger: silentLogger, registry };
  }

  /** A results-processor in ten lines. */
  async settleReports(): Promise<void> {
    const { broker, database } = this.parts;
    await broker.consume(COMPLETED_QUEUE, { prefetch: 100 }, (delivery) => {
      if (!this.settlesReports) return delivery.ack();
      const { events } = JSON.parse(delivery.body.toString()) as { events: CompletedEvent[] };
      settleAttempts(database, events).then(
        () => delivery.ack(),
        () => delivery.requeue(),
      );
    });
  }

  async worker(
    handlers: Record<string, Handler['run']> | readonly Handler[],
    settings: Partial<WorkerParts['settings']> = {},
    parts: Partial<WorkerParts> = {},
  ): Promise<RunningWorker> {
    const list = Array.isArray(handlers)
      ? (handlers as Handler[])
      : Object.entries(handlers as Record<string, Handler['run']>).map(([type, run]) => defineHandler({ type, run }));
    const all = { ...SETTINGS, databaseUrl: this.#databaseUrl, ...settings };
    const worker = await startWorker({ ...this.parts, ...parts, settings: all, handlers: list });
    this.#workers.push(worker);
    return worker;
  }

  async submit(type: string, payload: Json = null, options: Partial<NewJob> = {}): Promise<string> {
    const [id] = await this.submitMany(type, [payload], options);
    return id as string;
  }

  /** Stores the jobs and publishes their hints in one message, or in messages of `chunk`. */
  async submitMany(
    type: string,
    payloads: readonly Json[],
    { chunk = payloads.length, ...options }: Partial<NewJob> & { chunk?: number } = {},
  ): Promise<string[]> {
    const jobs = payloads.map((payload) => newJob(type, payload, options));
    await submitJobs(this.parts.database, jobs, 600_000);
    const ids = jobs.map(({ id }) => id);
    for (let from = 0; from < ids.length; from += chunk)
      await this.hint(type, ids.slice(from, from + chunk), options.queue);
    return ids;
  }

  async hint(type: string, ids: readonly string[], queue = DEFAULT_QUEUE): Promise<void> {
    const message = { v: 1, jobs: ids.map((id) => ({ id, type })) };
    await this.parts.broker.publish(createdQueue(queue), Buffer.from(JSON.stringify(message)));
  }

  /** What the dispatcher does with jobs whose hints were given back. */
  async offerAgain(type: string): Promise<number> {
    const rows = await this.query<{ id: string }>(
      `update cloudtask.job_states set hinted = true where not hinted and type = $1 and status = 'PENDING' returning id`,
      [type],
    );
    if (rows.length > 0)
      await this.hint(
        type,
        rows.map(({ id }) => id),
      );
    return rows.length;
  }

  async job(id: string): Promise<StoredJob> {
    const [job] = await this.parts.database.query<StoredJob>(READ_JOB, [id]);
    if (!job) throw new Error(`no job ${id}`);
    return job;
  }

  async finished(id: string, timeoutMs = 10_000): Promise<StoredJob> {
    return await this.jobWhen(id, ({ status }) => FINAL.has(status), timeoutMs);
  }

  async jobWhen(id: string, isIt: (job: StoredJob) => boolean, timeoutMs = 10_000): Promise<StoredJob> {
    let job: StoredJob | undefined;
    const check = async () => {
      job = await this.job(id);
      return isIt(job) && job;
    };
    return await eventually(check, { timeoutMs, describe: () => job });
  }

  async count(status: JobStatus): Promise<number> {
    const [row] = await this.parts.database.query<{ count: number }>(COUNT, [status]);
    return row?.count ?? 0;
  }

  async query<Row>(text: string, values: readonly unknown[] = []): Promise<Row[]> {
    return await this.parts.database.query<Row>({ name: `test_${randomUUID()}`, text }, values);
  }

  async close(): Promise<void> {
    await this.leave();
    await this.parts.database.close();
  }

  /** Closes all but the database. */
  async leave(): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.close({ graceMs: 500 })));
    await this.parts.broker.close();
    await this.parts.signals.close();
  }
}

/** A migrated database with nothing in it. */
export async function openTestDatabase(): Promise<Database> {
  const database = await openPgliteInMemory();
  await migrate(database);
  return database;
}

export function newJob(type: string, payload: Json, options: Partial<NewJob> = {}): NewJob {
  return {
    id: newId(systemClock),
    userId: USER,
    type,
    queue: DEFAULT_QUEUE,
    payload: JSON.stringify(payload),
    priority: 5,
    maxAttempts: 5,
    timeoutMs: 900_000,
    hinted: true,
    ...options,
  };
}

export const USER = '00000000-0000-7000-8000-000000000001';

export const SETTINGS: WorkerSettings = {
  configFile: undefined,
  concurrency: 10,
  queues: ['default'],
  priorityAgeing: 600_000,
  handlersFolder: undefined,
  plugins: [],
  childEnv: [],
  workerName: undefined,
  shutdownGrace: 500,
  jobLogLevel: 'debug',
  captureConsole: true,
  dataDir: '.cloudtask',
  smtpUrl: undefined,
  mailFrom: 'CloudTask <cloudtask@localhost>',
  httpHandler: false,
};

const FINAL = new Set<JobStatus>(['COMPLETED', 'FAILED', 'CANCELLED', 'EXPIRED']);

const READ_JOB = {
  name: 'test_read_job',
  text: `
  select status, reason, result, error, failures, losses, fence, hinted,
         (extract(epoch from next_at - updated_at) * 1000)::float8 as "nextInMs"
    from cloudtask.job_states where id = $1`,
};
const COUNT = {
  name: 'test_count_jobs',
  text: 'select count(*) as count from cloudtask.job_states where status = $1::cloudtask.job_status',
};
