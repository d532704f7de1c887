import type { Broker } from '@cloudtask/core/broker/broker';
import { openMemoryBroker } from '@cloudtask/core/broker/memory';
import { type Clock, systemClock } from '@cloudtask/core/clock';
import { readSettings } from '@cloudtask/core/config';
import type { Database } from '@cloudtask/core/database/database';
import { migrate } from '@cloudtask/core/database/migrate';
import { openDatabase } from '@cloudtask/core/database/open-database';
import { silentLogger } from '@cloudtask/core/logger';
import { createRegistry, type Registry } from '@cloudtask/core/metrics';
import { openMemorySignals } from '@cloudtask/core/signals/memory';
import type { Signals } from '@cloudtask/core/signals/signals';
import type { Job, Problem, Session } from '@cloudtask/sdk/contract';
import type { InjectOptions } from 'fastify';
import { buildApp } from '../../src/job-service/app.ts';
import type { App } from '../../src/job-service/app-type.ts';
import type { JobServiceSettings } from '../../src/job-service/deps.ts';
import { jobServiceSettings } from '../../src/settings.ts';

export interface Answer<Body = unknown> {
  status: number;
  headers: Record<string, unknown>;
  body: Body;
  text: string;
}

export interface TestApi {
  app: App;
  database: Database;
  broker: Broker;
  signals: Signals;
  registry: Registry;
  /** A request; `token` goes into the Authorization header, objects are sent as JSON. */
  call<Body = unknown>(method: string, url: string, options?: CallOptions): Promise<Answer<Body>>;
  register(name?: string): Promise<Session>;
  submit(token: string, body?: object): Promise<Job>;
  close(): Promise<void>;
}

export interface CallOptions {
  token?: string | undefined;
  body?: unknown;
  /** Sent as it is. */
  raw?: string | Buffer;
  headers?: Record<string, string>;
  remoteAddress?: string;
}

export interface TestApiOptions {
  settings?: Partial<JobServiceSettings>;
  clock?: Clock;
  broker?: Broker;
  signals?: Signals;
  database?: Database;
}

export const PASSWORD = 'correct-horse-42';

/** The real application on an in-memory PostgreSQL, reached without a socket. */
export async function openTestApi(options: TestApiOptions = {}): Promise<TestApi> {
  const database =
    options.database ?? (await openDatabase({ url: 'pglite:memory', applicationName: 'test', logger: silentLogger }));
  if (!options.database) await migrate(database);
  const broker = options.broker ?? openMemoryBroker();
  const signals = options.signals ?? openMemorySignals();
  const registry = createRegistry({ application: 'test', processMetrics: false });
  const settings = {
    ...readSettings(jobServiceSettings, { flags: {}, env: {} }),
    bcryptCost: 4,
    docs: false,
    ...options.settings,
  };
  const clock = options.clock ?? systemClock;
  const app = await buildApp({ database, broker, signals, clock, logger: silentLogger, registry, settings });

  async function call<Body>(method: string, url: string, given: CallOptions = {}): Promise<Answer<Body>> {
    const { token, body, raw, headers = {}, remoteAddress } = given;
    const isJson = body !== undefined;
    const response = await app.inject({
      method: method as NonNullable<InjectOptions['method']>,
      url,
      headers: {
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...(isJson && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(remoteAddress !== undefined && { remoteAddress }),
      ...(isJson ? { payload: JSON.stringify(body) } : raw !== undefined && { payload: raw }),
    });
    const isParsed = /json/.test(String(response.headers['content-type'])) && response.body !== '';
    const parsed = isParsed ? JSON.parse(response.body) : undefined;
    return { status: response.statusCode, headers: response.headers, text: response.body, body: parsed as Body };
  }

  let users = 0;
  return {
    app,
    database,
    broker,
    signals,
    registry,
    call,
    async register(name = `user${users++}`) {
      const answer = await call<Session>('POST', '/auth/register', {
        body: { email: `${name}@example.com`, password: PASSWORD },
      });
      if (answer.status !== 201) throw new Error(`register answered ${answer.status}: ${answer.text}`);
      return answer.body;
    },
    async submit(token, body = { type: 'test' }) {
      const answer = await call<Job>('POST', '/jobs', { token, body });
      if (answer.status !== 201) throw new Error(`submit answered ${answer.status}: ${answer.text}`);
      return answer.body;
    },
    async close() {
      await app.close();
      if (!options.broker) await broker.close();
      if (!options.signals) await signals.close();
      if (!options.database) await database.close();
    },
  };
}

export function problemOf(answer: Answer): Problem {
  return answer.body as Problem;
}
