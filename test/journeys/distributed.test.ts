import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Job } from '@cloudtask/sdk/contract';
import { connect } from 'amqplib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { apiWith, registeredApi } from '../support/api.ts';
import { type CloudTaskProcess, type ServiceName, startService } from '../support/cloudtask.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { startOwnRabbitmq } from '../support/own-rabbitmq.ts';
import type { OwnServer } from '../support/own-server.ts';
import { describeServices } from '../support/services.ts';

const run = promisify(execFile);

/** The commands of the original specification, letter by letter. */
const REGISTER = `curl -X POST http://localhost:8080/auth/register \\
  -H "Content-Type: application/json" \\
  -d '{
    "email": "user@example.com",
    "password": "securePassword123"
  }'`;
const LOGIN = `curl -X POST http://localhost:8080/auth/login \\
  -H "Content-Type: application/json" \\
  -d '{
    "email": "user@example.com",
    "password": "securePassword123"
  }'`;
const SUBMIT = `curl -X POST http://localhost:8080/jobs \\
  -H "Authorization: Bearer eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9..." \\
  -H "Content-Type: application/json" \\
  -d '{
    "type": "email",
    "payload": {"to": "recipient@example.com", "subject": "Hello"}
  }'`;
const ITS_TOKEN = 'eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9...';
const HEALTH = 'curl http://localhost:8080/actuator/health';

/** Where each metric of the original is found, and by which labels it can be asked. */
const METRICS: [ServiceName, string, string[]][] = [
  ['job-service', 'http_server_requests_seconds_bucket', ['method', 'uri', 'status', 'outcome', 'le']],
  ['job-service', 'http_server_requests_seconds_count', ['method', 'uri', 'status', 'outcome']],
  ['job-service', 'jobs_created_total', ['type']],
  ['job-service', 'jobs_created_seconds_count', ['type']],
  ['job-service', 'rabbitmq_publish_total', ['outcome']],
  ['job-service', 'auth_registrations_total', []],
  ['job-service', 'auth_logins_total', ['outcome']],
  ['worker', 'worker_jobs_processed_total', ['type', 'status']],
  ['worker', 'worker_job_duration_seconds_count', ['type']],
  ['results-processor', 'processor_status_updates_total', ['status']],
  ['results-processor', 'processor_db_update_duration_seconds_count', []],
  ['results-processor', 'processor_nack_total', []],
  ['scheduler', 'cloudtask_scheduler_last_tick_timestamp_seconds', ['duty']],
];

const SERVICES = ['job-service', 'worker', 'results-processor', 'scheduler'] as const;

describeServices('four services on servers', ['postgres', 'rabbitmq', 'redis'], (urls) => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudtask-distributed-'));
  const running = new Map<ServiceName, CloudTaskProcess>();
  let database: TestDatabase;
  let rabbitmq: OwnServer;
  let token: string;
  let job: Job;

  beforeAll(async () => {
    // A RabbitMQ of its own: the queues are to have their plain names.
    [database, rabbitmq] = await Promise.all([createDatabase(urls.postgres), startOwnRabbitmq()]);
    const env = {
      CLOUDTASK_DATABASE_URL: database.url,
      CLOUDTASK_BROKER_URL: rabbitmq.url,
      CLOUDTASK_SIGNALS_URL: urls.redis,
      CLOUDTASK_PORT: '0',
      CLOUDTASK_METRICS_PORT: '0',
      CLOUDTASK_DATA_DIR: folder,
    };
    for (const name of SERVICES) running.set(name, await startService(name, env));
    // What curl reads at each start, so that the commands themselves can stay as they are.
    writeFileSync(join(folder, '.curlrc'), 'silent\nshow-error\nwrite-out = "\\n%{http_code}"\n');
  }, 120_000);

  afterAll(async () => {
    await Promise.all([...running.values()].map((service) => service.end('SIGTERM')));
    await Promise.all([database?.drop(), rabbitmq?.close()]);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const urlOf = (name: ServiceName): string => running.get(name)?.url ?? '';

  async function curl(command: string): Promise<{ status: number; body: unknown }> {
    const script = command.replace('http://localhost:8080', urlOf('job-service'));
    const { stdout } = await run('bash', ['-c', script], { env: { PATH: process.env['PATH'], HOME: folder } });
    const [, body = '', status] = /^(.*)\n(\d+)$/s.exec(stdout) ?? [];
    return { status: Number(status), body: JSON.parse(body) };
  }

  test('the commands of the specification register, sign in and submit an email that is sent', async () => {
    const registered = await curl(REGISTER);
    expect(registered).toMatchObject({
      status: 201,
      body: { token: expect.stringMatching(/^eyJ[\w-]+\.[\w-]+\.[\w-]+$/) },
    });
    const signedIn = await curl(LOGIN);
    expect(signedIn).toMatchObject({ status: 200, body: { token: expect.stringMatching(/^eyJ/) } });
    token = (signedIn.body as { token: string }).token;

    const submitted = await curl(SUBMIT.replace(ITS_TOKEN, token));
    expect(submitted).toMatchObject({
      status: 201,
      body: {
        type: 'email',
        payload: { to: 'recipient@example.com', subject: 'Hello' },
        status: 'PENDING',
        createdAt: expect.any(String),
        updatedAt: expect.any(String),
      },
    });
    const { id } = submitted.body as Job;
    const api = apiWith(urlOf('job-service'), token);
    job = await eventually(
      async () => {
        const now = await api.job(id, '10s');
        return now.finishedAt !== null && now;
      },
      { timeoutMs: 30_000, describe: () => [...running.values()].map((each) => each.output()) },
    );
    expect(job).toMatchObject({ id, status: 'COMPLETED', attempt: 1 });
    const { file } = job.result as { file: string };
    expect(file).toBe(join(folder, 'mail', `${id}.eml`));
    const mail = readFileSync(file, 'utf8');
    expect(mail).toMatch(/^To: recipient@example\.com\r$/m);
    expect(mail).toMatch(/^Subject: Hello\r$/m);
  }, 60_000);

  test('a list shows own jobs only, newest first', async () => {
    const [mine, theirs] = [apiWith(urlOf('job-service'), token), await registeredApi(urlOf('job-service'))];
    const ids = [job.id];
    for (const subject of ['second', 'third']) {
      const answer = await mine.submit({ type: 'email', payload: { to: 'recipient@example.com', subject } });
      ids.unshift(((await answer.json()) as Job).id);
    }
    await theirs.submit({ type: 'email', payload: { to: 'recipient@example.com', subject: 'theirs' } });
    const listed = await mine.jobs();
    expect(listed).toBeInstanceOf(Array);
    expect(listed.map(({ id }) => id)).toEqual(ids);
    expect((await theirs.jobs()).map(({ payload }) => payload)).toMatchObject([{ subject: 'theirs' }]);
  });

  test("a job that is not there and another user's job are the same 404", async () => {
    const { token: theirs } = await registeredApi(urlOf('job-service'));
    const get = (path: string, bearer: string) =>
      fetch(urlOf('job-service') + path, { headers: { authorization: `Bearer ${bearer}` } });
    expect((await get(`/jobs/${job.id}`, token)).status).toBe(200);
    const [unknown, foreign] = [await get(`/jobs/${crypto.randomUUID()}`, token), await get(`/jobs/${job.id}`, theirs)];
    expect([unknown.status, foreign.status]).toEqual([404, 404]);
    const [one, other] = [(await unknown.json()) as { code: string }, (await foreign.json()) as { code: string }];
    expect(one.code).toBe(other.code);
  });

  test('every jobs route answers 401 without a token and with a bad one', async () => {
    // The specification's command as it stands: its token is nobody's.
    expect((await curl(SUBMIT)).status).toBe(401);
    const [header, claims] = token.split('.');
    for (const authorization of [undefined, 'Bearer nonsense', `Bearer ${header}.${claims}.AAAA`, `Basic ${token}`]) {
      const headers = { 'content-type': 'application/json', ...(authorization !== undefined && { authorization }) };
      for (const path of ['/jobs', `/jobs/${job.id}`]) {
        expect((await fetch(urlOf('job-service') + path, { headers })).status, `GET ${path}, ${authorization}`).toBe(
          401,
        );
      }
      const body = JSON.stringify({ type: 'email', payload: { to: 'a@example.com', subject: 'x' } });
      const answer = await fetch(`${urlOf('job-service')}/jobs`, { method: 'POST', headers, body });
      expect(answer.status, `POST /jobs, ${authorization}`).toBe(401);
    }
  });

  test('RabbitMQ has the three queues under their names, with a consumer each', async () => {
    const connection = await connect(rabbitmq.url);
    try {
      const channel = await connection.createChannel();
      for (const queue of ['jobs.created', 'jobs.started', 'jobs.completed']) {
        expect(await channel.checkQueue(queue)).toMatchObject({ queue, consumerCount: 1 });
      }
    } finally {
      await connection.close();
    }
  });

  describe('after these jobs', () => {
    test.each(METRICS)('%s shows %s with %j', async (service, metric, labels) => {
      await eventually(async () => {
        const series = await seriesOf(service, metric);
        expect(series.length, `series of ${metric}`).toBeGreaterThan(0);
        for (const each of series)
          expect(
            Object.keys(each)
              .filter((name) => name !== 'application')
              .sort(),
          ).toEqual(labels.toSorted());
        return true;
      });
    });

    test('requests are counted by route, method, status and outcome, as the original wrote them', async () => {
      const series = await seriesOf('job-service', 'http_server_requests_seconds_count');
      const created = { method: 'POST', uri: '/jobs', status: '201', outcome: 'SUCCESS' };
      expect(series).toContainEqual(expect.objectContaining(created));
      const missing = { method: 'GET', uri: '/jobs/{id}', status: '404', outcome: 'CLIENT_ERROR' };
      expect(series).toContainEqual(expect.objectContaining(missing));
      expect(series.filter(({ uri }) => uri?.includes(job.id))).toEqual([]);
    });

    test('the job-service and the others are UP', async () => {
      expect(await curl(HEALTH)).toMatchObject({ status: 200, body: { status: 'UP' } });
      for (const name of SERVICES.filter((each) => each !== 'job-service')) {
        const answer = await fetch(`${urlOf(name)}/health`);
        expect(answer.status, name).toBe(200);
        expect(await answer.json(), name).toMatchObject({ status: 'UP' });
      }
    });
  });

  /** The labels of each series of a metric. */
  async function seriesOf(service: ServiceName, metric: string): Promise<Record<string, string>[]> {
    const path = service === 'job-service' ? '/actuator/prometheus' : '/metrics';
    const text = await (await fetch(urlOf(service) + path)).text();
    const lines = text.split('\n').filter((line) => line.startsWith(`${metric}{`) || line.startsWith(`${metric} `));
    return lines.map((line) =>
      Object.fromEntries(Array.from(line.matchAll(/(\w+)="([^"]*)"/g), ([, name, value]) => [name, value])),
    );
  }
});
