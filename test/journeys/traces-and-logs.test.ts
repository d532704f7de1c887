import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Job } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Api, apiWith } from '../support/api.ts';
import { type CloudTaskProcess, startService } from '../support/cloudtask.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { describeServices } from '../support/services.ts';
import { type CollectedSpan, startTraceCollector, type TraceCollector } from '../support/trace-collector.ts';

const PRELOAD = pathToFileURL(join(import.meta.dirname, '../../deploy/traces/tracing.mjs')).href;

// What may stand in no line and in no span, wherever it comes from.
const CANARIES = {
  payload: 'canary-of-the-payload',
  password: 'canary-password-42',
  database: 'canary-of-the-database',
  address: 'canary-of-an-address',
};
const EMAIL = 'canary-person@example.com';

/** One job, in the trace of its request, that fails once and succeeds, on processes that are told to stop right after it. */
class Run {
  readonly traceId = randomBytes(16).toString('hex');
  readonly caller = randomBytes(8).toString('hex');
  readonly folder = mkdtempSync(join(tmpdir(), 'cloudtask-traces-'));
  readonly processes: CloudTaskProcess[] = [];
  collector!: TraceCollector;
  job!: Job;
  token!: string;
  lines: Record<string, unknown>[] = [];
  text = '';

  async start(name: CloudTaskProcess['name'], env: Record<string, string> = {}): Promise<CloudTaskProcess> {
    this.collector ??= await startTraceCollector();
    const settings = {
      NODE_OPTIONS: `--import=${PRELOAD}`,
      OTEL_EXPORTER_OTLP_ENDPOINT: this.collector.url,
      CLOUDTASK_PORT: '0',
      CLOUDTASK_METRICS_PORT: '0',
      CLOUDTASK_DATA_DIR: this.folder,
      CLOUDTASK_HANDLERS: join(import.meta.dirname, '../fixtures/handlers'),
      CLOUDTASK_LOG_LEVEL: 'debug',
      CLOUDTASK_LOG_FORMAT: 'json',
    };
    const running = await startService(name, { ...settings, ...env }, [], { keepChars: 10_000_000 });
    this.processes.push(running);
    return running;
  }

  async runJob(url: string): Promise<void> {
    const account = { email: EMAIL, password: CANARIES.password };
    const answer = await fetch(`${url}/auth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(account),
    });
    this.token = ((await answer.json()) as { token: string }).token;
    const api: Api = apiWith(url, this.token);
    const address = `postgres://someone:${CANARIES.address}@db.example.com/app`;
    const body = {
      type: 'test.talkative',
      payload: { note: CANARIES.payload, address },
      backoff: { kind: 'fixed', delay: 1 },
    };
    const submitted = await api.submit(body, { traceparent: `00-${this.traceId}-${this.caller}-01` });
    const { id } = (await submitted.json()) as Job;
    this.job = await eventually(async () => {
      const now = await api.job(id, '5s');
      return now.finishedAt !== null && now;
    });
    // Nobody runs it; its header is none, and is ignored.
    await api.submit({ type: 'x', payload: CANARIES.payload }, { traceparent: 'nonsense' });
  }

  async stop(): Promise<void> {
    await Promise.all(this.processes.map((each) => each.end('SIGTERM')));
    this.text = this.processes.map((each) => each.output()).join('\n');
    const json = this.text.split('\n').filter((line) => line.startsWith('{'));
    this.lines = json.map((line) => JSON.parse(line) as Record<string, unknown>);
  }

  async cleanUp(): Promise<void> {
    await Promise.all(this.processes.map((each) => each.end('SIGKILL')));
    await this.collector?.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function seenFromOutside(run: Run, system: 'rabbitmq' | 'memory'): void {
  test('one trace has all of the job: submit, publish, claim, both runs and their settlements', () => {
    expect(run.job).toMatchObject({ status: 'COMPLETED', attempt: 2 });
    const spans = run.collector.spans(run.traceId);
    const named = (name: string) => spans.filter((span) => span.name === name);
    const ids = (name: string) => named(name).map(({ spanId }) => spanId);
    const parents = (name: string) => named(name).map(({ parentSpanId }) => parentSpanId);
    const [submit] = ids('submit');
    expect(spans.map(({ name }) => name).sort()).toEqual([
      'claim',
      'claim',
      'publish',
      'publish',
      'run test.talkative',
      'run test.talkative',
      'settle',
      'settle',
      'submit',
    ]);
    expect(parents('submit')).toEqual([run.caller]);
    expect(parents('publish')).toEqual([submit, submit]);
    expect(parents('claim')).toEqual([submit, submit]);
    expect(named('claim').map(({ links }) => links)).toEqual(ids('publish').map((id) => [id]));
    expect(parents('run test.talkative')).toEqual(ids('claim'));
    expect(parents('settle')).toEqual(ids('run test.talkative'));
    expect(named('run test.talkative').map(({ isError }) => isError)).toEqual([true, false]);
    expect(named('run test.talkative').map(facts)).toEqual([
      [run.job.id, 1, 'failed', system],
      [run.job.id, 2, 'completed', system],
    ]);
    if (system === 'memory') return;
    const services = new Map(spans.map(({ name, service }) => [name, service]));
    expect(Object.fromEntries(services)).toEqual({
      submit: 'job-service',
      publish: 'scheduler',
      claim: 'worker',
      'run test.talkative': 'worker',
      settle: 'results-processor',
    });
  });

  test('lines about the job name it, its attempt and its trace', () => {
    const about = run.lines.filter(({ jobId }) => jobId === run.job.id);
    expect(about.filter(({ traceId }) => traceId !== run.traceId)).toEqual([]);
    const said = about.map(({ msg, attempt }) => [msg, attempt]);
    expect(said).toContainEqual(['working', 1]);
    expect(said).toContainEqual(['working', 2]);
    expect(said).toContainEqual(['an attempt ended without a result', 1]);
  });

  test("neither a line nor a span has anything of the payload, the account, a token or a server's password", () => {
    const secrets = [...Object.values(CANARIES), EMAIL, run.token, run.token.split('.')[2] ?? run.token];
    for (const [what, text] of [
      ['a line', run.text],
      ['a span', run.collector.text()],
    ] as const) {
      expect(text.length, `${what} was found`).toBeGreaterThan(1_000);
      for (const secret of secrets) expect(around(text, secret), `${what} with ${secret}`).toBeUndefined();
    }
    // What a handler's error says is for whoever looks after it: only what looks like a secret is taken out.
    expect(run.text).toMatch(
      /"error":"postgres:\/\/someone:\[redacted\]@db\.example\.com\/app said no to bearer \[redacted\]"/,
    );
  });
}

function facts({ attributes }: CollectedSpan): unknown[] {
  const of = (name: string) => attributes[`cloudtask.job.${name}`];
  return [of('id'), of('attempt'), of('outcome'), attributes['messaging.system']];
}

function around(text: string, secret: string): string | undefined {
  const at = text.indexOf(secret);
  return at < 0 ? undefined : text.slice(Math.max(0, at - 200), at + secret.length + 50);
}

describeServices('a job on four services, seen from outside', ['postgres', 'rabbitmq', 'redis'], (urls) => {
  const run = new Run();
  let database: TestDatabase;

  beforeAll(async () => {
    database = await createDatabase(urls.postgres);
    const url = new URL(database.url);
    // A server that trusts its own machine does not look at it.
    url.password ||= CANARIES.database;
    const env = {
      CLOUDTASK_DATABASE_URL: url.href,
      CLOUDTASK_BROKER_URL: urls.rabbitmq,
      CLOUDTASK_SIGNALS_URL: urls.redis,
      CLOUDTASK_QUEUE_PREFIX: `test-${run.caller}.`,
    };
    const service = await run.start('job-service', env);
    await Promise.all((['worker', 'results-processor', 'scheduler'] as const).map((name) => run.start(name, env)));
    await run.runJob(service.url);
    await run.stop();
  }, 120_000);
  afterAll(async () => {
    await run.cleanUp();
    await database?.drop();
  });

  seenFromOutside(run, 'rabbitmq');
});

describe('a job on one process, seen from outside', () => {
  const run = new Run();

  beforeAll(async () => {
    const { url } = await run.start('embedded', { CLOUDTASK_DATABASE_URL: '', CLOUDTASK_BROKER_URL: '' });
    await run.runJob(url);
    await run.stop();
  }, 120_000);
  afterAll(() => run.cleanUp());

  seenFromOutside(run, 'memory');
});
