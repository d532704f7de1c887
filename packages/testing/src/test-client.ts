import {
  type ClientOptions,
  CloudTask,
  CloudTaskError,
  type Duration,
  type Handler,
  type JobDefinition,
  type Register,
  type TypedJob,
} from '@cloudtask/sdk';
import { HeldBroker } from './held-broker.ts';
import { inProcessTransport } from './in-process-transport.ts';
import { PlannedFailures } from './planned-failures.ts';
import { endRetelling } from './retell-end.ts';
import { Sleepers } from './sleepers.ts';
import type { TestClock } from './test-clock.ts';
import { openTestPlatform, type TestPlatform } from './test-platform.ts';
import { RunRecord } from './watched-handlers.ts';
import { type Drained, type DrainOptions, Work } from './work.ts';

/** What a test client is made with. */
export interface TestClientOptions {
  /** What runs the jobs. */
  handlers?: readonly Handler[];
  /**
   * `manual` (default): jobs wait until `drain()`. `inline`: a job has run when the call that made it answers; what has to
   * be tried again, or later, waits until `clock.advance()` or `drain({ withScheduled: true })`. `record`: jobs never run.
   */
  mode?: 'manual' | 'inline' | 'record';
  /** Stand-ins: what handlers find in `context.services` in place of what their factories would build. */
  services?: object;
  /** Where the clock stands at first. Default: the present time. */
  now?: Date;
  /**
   * Each job is delivered twice, as will happen in production one day: its first success is lost on the way, and it
   * runs again. Jobs with `maxAttempts: 1` are not: the platform begins those only once. Default false.
   */
  redeliver?: boolean;
}

/**
 * A `CloudTask` without a server: the platform itself – its API, its protocol, its worker – in this process and in memory.
 * It starts at its first use and ends with `close()`.
 */
export class TestClient<H = Registered> extends CloudTask<H> {
  /** The time of the platform. It stands still until it is moved, and is not the time of `Date.now()`. */
  readonly clock: TestClock;
  readonly #bench: Bench;

  constructor(options: TestClientOptions = {}) {
    const bench = new Bench(options);
    super(bench.clientOptions);
    this.#bench = bench;
    this.clock = bench.clock;
  }

  /** The jobs that were made since the start, or since `clear()`, oldest first and whatever has become of them; also those of schedules. */
  async enqueued<D extends JobDefinition = JobDefinition>(job?: D | string): Promise<TypedJob<D>[]> {
    const type = typeof job === 'string' ? job : job?.type;
    const { observer } = await this.#bench.opened('enqueued()');
    const jobs = observer.jobs.list({ order: 'oldest', limit: 1_000, ...(type !== undefined && { type }) });
    return (await jobs.toArray({ limit: 100_000 })) as unknown as TypedJob<D>[];
  }

  /** Runs the jobs that are due until there are none, and answers what became of them. Jobs without a handler are left alone. */
  async drain(options: DrainOptions = {}): Promise<Drained> {
    return (await this.#bench.ableToRun('drain()')).drain(options);
  }

  /** Forgets all jobs and schedules, and planned failures. The clock stays where it is. */
  async clear(): Promise<void> {
    this.#bench.failures.clear();
    await (await this.#bench.opened('clear()')).work.clear();
  }

  /**
   * The next call of this operation fails: with the answer that has this status, or as a connection that breaks with this
   * error. Calls are not repeated here; on `client.withOptions({ maxRetries: 2 })` they are.
   *
   * @example
   * client.failNext('jobs.create', 503);
   */
  failNext(operation: string, failure: Error | number): void {
    this.#bench.assertOpen('failNext()');
    assertOperation(this, operation);
    this.#bench.failures.add(operation, failure);
  }

  /** Opens a port, for tests in other processes and languages, on the same jobs. It is closed with the client. */
  async server(): Promise<{ url: string; token: string }> {
    return await this.#bench.listen();
  }
}

type Registered = Register extends { jobs: infer Jobs } ? Jobs : object;

/**
 * Makes a `CloudTask` for a test, with a platform of its own in this process. The first call starts it, which takes about a
 * second; `close()` ends it.
 *
 * @example
 * const client = createTestClient({ handlers: [sendEmailHandler] });
 * await client.jobs.create(sendEmail, { to: 'ada@example.com', subject: 'Hi' });
 * expect(await client.drain()).toMatchObject({ completed: 1 });
 * await client.close();
 *
 * @throws RangeError when `now` is no time.
 */
export function createTestClient<H = Registered>(options: TestClientOptions = {}): TestClient<H> {
  return new TestClient<H>(options);
}

interface Opened {
  platform: TestPlatform;
  work: Work;
  /** Sees everything and is not failed. */
  observer: CloudTask;
}

/** The platform of one test client, from its first use to its end. */
class Bench {
  readonly failures = new PlannedFailures();
  readonly clock: TestClock;
  readonly clientOptions: ClientOptions;
  readonly #options: TestClientOptions;
  readonly #time: { nowMs: number };
  readonly #sleepers: Sleepers;
  readonly #runs: RunRecord;
  #opened: Promise<Opened> | undefined;
  #listening: Promise<string> | undefined;
  #isClosed = false;

  constructor(options: TestClientOptions) {
    this.#options = options;
    this.#time = { nowMs: (options.now ?? new Date()).getTime() };
    this.#sleepers = new Sleepers(this.#time);
    this.#runs = new RunRecord(this.#sleepers);
    if (Number.isNaN(this.#time.nowMs)) throw new RangeError('createTestClient: `now` is no time');
    this.clock = {
      now: () => new Date(this.#time.nowMs),
      advance: async (duration: Duration) => (await this.opened('clock.advance()')).work.advance(duration),
    };
    this.clientOptions = {
      url: 'http://cloudtask.test',
      auth: { getToken: async () => ({ token: (await this.opened('a call')).platform.token }) },
      maxRetries: 0,
      hooks: { onRequest: ({ operation }) => this.failures.noteOperation(operation) },
      transport: inProcessTransport({
        app: async () => (await this.opened('a call')).platform.app,
        before: () => this.failures.take(),
        afterChange: async () => (await this.opened('a call')).work.settleInline(),
        close: () => this.#close(),
      }),
    };
  }

  opened(what: string): Promise<Opened> {
    this.assertOpen(what);
    this.#opened ??= this.#open();
    return this.#opened;
  }

  async ableToRun(what: string): Promise<Work> {
    const { platform, work } = await this.opened(what);
    if (platform.types.length > 0) return work;
    const why = this.#options.mode === 'record' ? "in the mode 'record' jobs never run" : 'this client has no handlers';
    throw new Error(`${what}: ${why}. Use createTestClient({ handlers: [ … ], mode: 'manual' })`);
  }

  assertOpen(what: string): void {
    if (!this.#isClosed) return;
    throw new CloudTaskError(
      `${what}: the test client is closed, and its jobs are gone. Make a new one for each test`,
      {
        code: 'CLIENT_CLOSED',
      },
    );
  }

  async listen(): Promise<{ url: string; token: string }> {
    const { platform } = await this.opened('server()');
    this.#listening ??= platform.app.listen({ port: 0, host: '127.0.0.1' });
    return { url: await this.#listening, token: platform.token };
  }

  async #open(): Promise<Opened> {
    const { handlers = [], mode = 'manual', services, redeliver = false } = this.#options;
    const runs = this.#runs;
    let opened: Opened | undefined;
    const broker = new HeldBroker({
      hintsTwice: redeliver,
      mayRun: (jobId) => opened?.work.mayRun(jobId) ?? true,
      retell: endRetelling({ runs, redeliver, database: () => platform.database }),
    });
    const platform = await openTestPlatform({
      clock: { now: () => this.#time.nowMs },
      broker,
      handlers: mode === 'record' ? [] : runs.watch(handlers, services),
    });
    const isInline = mode === 'inline' && handlers.length > 0;
    const work = await Work.open({ platform, broker, runs, sleepers: this.#sleepers, time: this.#time, isInline });
    const observer = new CloudTask({
      url: 'http://cloudtask.test',
      auth: platform.token,
      transport: inProcessTransport({ app: async () => platform.app, close: async () => {} }),
    });
    opened = { platform, work, observer };
    return opened;
  }

  async #close(): Promise<void> {
    this.#isClosed = true;
    const opened = await this.#opened?.catch(() => undefined);
    await opened?.observer.close();
    await opened?.platform.close();
  }
}

/** A misspelt one would never fail, and the test would be green for nothing. */
function assertOperation(client: object, operation: string): void {
  if (/^(GET|POST|PATCH|DELETE) \//.test(operation)) return;
  let found: unknown = client;
  for (const name of operation.split('.')) found = (found as Record<string, unknown> | undefined)?.[name];
  if (typeof found === 'function') return;
  throw new RangeError(
    `failNext: ${JSON.stringify(operation)} is no operation of the client. Write it as it is called, like 'jobs.create' or 'schedules.list'`,
  );
}
