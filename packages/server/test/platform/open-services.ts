import type { Broker } from '@cloudtask/core/broker/broker';
import { readSettings } from '@cloudtask/core/config';
import { silentLogger } from '@cloudtask/core/logger';
import { createRegistry } from '@cloudtask/core/metrics';
import { openPlatform, type Platform } from '@cloudtask/core/open-platform';
import type { Job, JobStatus, Session, SubmitJob } from '@cloudtask/sdk/contract';
import { defineHandler, type HandlerContext } from '@cloudtask/sdk/define-handler';
import { type RunningWorker, startWorker } from '@cloudtask/worker';
import { expect, onTestFinished } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { embeddedSettings } from '../../src/embedded-settings.ts';
import { startJobService } from '../../src/job-service/service.ts';
import { startResultsProcessor } from '../../src/results-processor/service.ts';
import { startScheduler } from '../../src/scheduler/service.ts';
import { schedulerOptions } from '../../src/settings.ts';

export interface Urls {
  databaseUrl: string;
  brokerUrl: string;
  signalsUrl: string;
  /** Before the names of queues, exchanges and channels. */
  prefix?: string;
  /** Default: the service's. */
  ageing?: string;
}

export type Run = (payload: unknown, context: HandlerContext) => unknown;

export interface WorkerOptions {
  /** Default `default`. */
  queue?: string;
  slots?: number;
  /** Instead of `queue`, as in CLOUDTASK_QUEUES. */
  queues?: string[];
  /** Instead of the platform's. */
  broker?: Broker;
  deafAfterMs?: number;
}

export interface Answer<Body> {
  status: number;
  headers: Headers;
  body: Body;
}

/** All four services on one platform, with one account that submits. */
export interface Services {
  platform: Platform;
  /** Two job-services on the same stores; the second has connections of its own where there can be any. */
  replicas(): Promise<readonly string[]>;
  token: string;
  call<Body = unknown>(method: string, path: string, body?: unknown, headers?: object): Promise<Answer<Body>>;
  submit(body: SubmitJob): Promise<Job>;
  job(id: string): Promise<Job>;
  /** The job as soon as it has one of these statuses. */
  jobWhen(id: string, ...statuses: JobStatus[]): Promise<Job>;
  /** A worker that has no other handlers; it ends with the test. */
  worker(handlers: Record<string, Run>, options?: WorkerOptions): Promise<RunningWorker>;
  close(): Promise<void>;
}

export async function openServices({
  databaseUrl,
  brokerUrl,
  signalsUrl,
  prefix = '',
  ageing,
}: Urls): Promise<Services> {
  const flags = {
    'database-url': databaseUrl,
    'broker-url': brokerUrl,
    'signals-url': signalsUrl,
    'queue-prefix': prefix,
    'bcrypt-cost': '4',
    'priority-ageing': ageing,
    port: '0',
  };
  const values = readSettings(embeddedSettings, { flags, env: {} });
  const platform = await openPlatform({ ...values, databaseUrl }, { service: 'test', logger: silentLogger });
  const processor = await startResultsProcessor(platform);
  const scheduler = await startScheduler({ ...platform, ...schedulerOptions(values) });
  const settings = { ...values, databaseUrl, jwtSecret: 'a secret that only this test knows, 48 bytes' };
  const api = await startJobService({ ...platform, settings });
  let token: string | undefined;
  let second: Promise<{ url: string; close(): Promise<void> }> | undefined;

  async function openSecond() {
    const own = databaseUrl.startsWith('pglite:')
      ? {
          ...platform,
          registry: createRegistry({ application: 'second', processMetrics: false }),
          close: async () => {},
        }
      : await openPlatform({ ...values, databaseUrl }, { service: 'second', logger: silentLogger });
    const { url, close } = await startJobService({ ...own, settings });
    return { url, close: () => close().then(own.close) };
  }

  async function call<Body>(method: string, path: string, body?: unknown, headers: object = {}): Promise<Answer<Body>> {
    const response = await fetch(`${api.url}${path}`, {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    return { status: response.status, headers: response.headers, body: (await response.json()) as Body };
  }

  async function job(id: string): Promise<Job> {
    const answer = await call<Job>('GET', `/jobs/${id}`);
    expect(answer.status).toBe(200);
    return answer.body;
  }

  const account = { email: 'platform@example.com', password: 'correct-horse-42' };
  const { token: own } = (await call<Session>('POST', '/auth/register', account)).body;
  token = own;

  return {
    platform,
    token: own,
    async replicas() {
      second ??= openSecond();
      return [api.url, (await second).url];
    },
    call,
    job,
    async submit(body) {
      const answer = await call<Job>('POST', '/jobs', body);
      expect(answer).toMatchObject({ status: 201 });
      return answer.body;
    },
    async jobWhen(id, ...statuses) {
      let last: Job | undefined;
      const check = async () => {
        last = await job(id);
        return statuses.includes(last.status) && last;
      };
      return await eventually(check, { timeoutMs: 12_000, describe: () => last });
    },
    async worker(handlers, { queue = 'default', queues = [queue], slots = 10, ...parts } = {}) {
      const running = await startWorker({
        ...platform,
        ...parts,
        settings: { ...settings, concurrency: slots, queues },
        handlers: Object.entries(handlers).map(([type, run]) => defineHandler({ type, run })),
        offersBuiltIn: false,
      });
      onTestFinished(() => running.close({ graceMs: 0 }));
      return running;
    },
    async close() {
      await (await second)?.close();
      for (const part of [api, scheduler, processor, platform]) await part.close();
    },
  };
}
