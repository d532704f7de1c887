import { randomBytes } from 'node:crypto';
import type { Clock } from '@cloudtask/core/clock';
import { readSettings } from '@cloudtask/core/config';
import type { Database } from '@cloudtask/core/database/database';
import { migrate } from '@cloudtask/core/database/migrate';
import { openDatabase } from '@cloudtask/core/database/open-database';
import { stopClock } from '@cloudtask/core/database/virtual-clock';
import { silentLogger } from '@cloudtask/core/logger';
import { createRegistry } from '@cloudtask/core/metrics';
import { openMemorySignals } from '@cloudtask/core/signals/memory';
import type { Signals } from '@cloudtask/core/signals/signals';
import { API_TOKEN_SCOPES, type NewApiToken, type Session } from '@cloudtask/sdk';
import type { Handler } from '@cloudtask/sdk/define-handler';
import { embeddedSettings } from '@cloudtask/server/embedded-settings';
import { buildApp } from '@cloudtask/server/job-service/app';
import { startResultsProcessor } from '@cloudtask/server/results-processor/service';
import { type DueWork, openDueWork } from '@cloudtask/server/scheduler/due-work';
import { type RunningWorker, startWorker } from '@cloudtask/worker';
import type { HeldBroker } from './held-broker.ts';

export interface TestPlatformOptions {
  clock: Clock;
  broker: HeldBroker;
  /** Without any, no worker is there. */
  handlers: readonly Handler[];
}

/** The services of the platform in this process, on a database in memory, with one account. */
export interface TestPlatform {
  app: Awaited<ReturnType<typeof buildApp>>;
  database: Database;
  signals: Signals;
  dueWork: DueWork;
  /** May do everything, and never expires. */
  token: string;
  /** The types that its workers run. */
  types: readonly string[];
  /** Makes sure that somebody takes jobs from these queues. */
  serve(queues: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const ACCOUNT = { email: 'tester@cloudtask.test', password: randomBytes(18).toString('base64url') };

export async function openTestPlatform({ clock, broker, handlers }: TestPlatformOptions): Promise<TestPlatform> {
  const values = readSettings(embeddedSettings, { flags: { 'bcrypt-cost': '4', docs: 'false' }, env: {} });
  const settings = { ...values, jwtSecret: randomBytes(48).toString('base64url'), operators: [ACCOUNT.email] };
  const database = await openDatabase({ url: 'pglite:memory', applicationName: 'test', logger: silentLogger });
  const parts: { close(): Promise<void> }[] = [database];
  const close = async () => {
    // Workers and the API first: what they still have to say goes through the parts that were opened before them.
    for (const part of parts.splice(0).reverse()) await part.close();
  };
  try {
    await migrate(database);
    await stopClock(database, new Date(clock.now()));
    const signals = openMemorySignals();
    const registry = createRegistry({ application: 'test', processMetrics: false });
    const deps = { database, broker, signals, clock, registry, logger: silentLogger };
    parts.push(broker, signals, await startResultsProcessor(deps));
    const workers = new Workers({ ...deps, settings, handlers });
    parts.push(workers);
    await workers.serve(['default', ...handlers.flatMap(({ job }) => job.queue ?? [])]);
    const dueWork = await openDueWork({ ...deps, ageingMs: settings.priorityAgeing });
    const app = await buildApp({ ...deps, settings });
    parts.push(dueWork, { close: () => app.close() });
    const token = await makeToken(app);
    const { types } = workers;
    return { app, database, signals, dueWork, token, types, serve: (queues) => workers.serve(queues), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type WorkersDeps = Omit<Parameters<typeof startWorker>[0], 'registry'> & { handlers: readonly Handler[] };

/** A worker takes jobs from the queues that it was started with: for others there are further ones. */
class Workers {
  readonly types: readonly string[];
  readonly #deps: WorkersDeps;
  readonly #running: RunningWorker[] = [];
  readonly #served = new Set<string>();

  constructor(deps: WorkersDeps) {
    this.#deps = deps;
    this.types = deps.handlers.map(({ job }) => job.type);
  }

  async serve(queues: readonly string[]): Promise<void> {
    const added = [...new Set(queues)].filter((queue) => !this.#served.has(queue));
    if (added.length === 0 || this.types.length === 0) return;
    for (const queue of added) this.#served.add(queue);
    // Each has metrics of its own: they name its queues and slots.
    const registry = createRegistry({ application: 'test', processMetrics: false });
    const settings = { ...this.#deps.settings, queues: added, workerName: `test-worker-${this.#running.length + 1}` };
    this.#running.push(await startWorker({ ...this.#deps, settings, registry, offersBuiltIn: false }));
  }

  async close(): Promise<void> {
    await Promise.all(this.#running.map((worker) => worker.close({ graceMs: 0 })));
  }
}

/** An access token would expire while the test moves the time on. */
async function makeToken(app: TestPlatform['app']): Promise<string> {
  const registered = await app.inject({ method: 'POST', url: '/auth/register', payload: ACCOUNT });
  const { accessToken } = registered.json<Session>();
  const made = await app.inject({
    method: 'POST',
    url: '/auth/tokens',
    headers: { authorization: `Bearer ${accessToken}` },
    payload: { name: 'test', scopes: API_TOKEN_SCOPES },
  });
  if (made.statusCode !== 201)
    throw new Error(`the test client could not make its account: ${registered.body} ${made.body}`);
  return made.json<NewApiToken>().token;
}
