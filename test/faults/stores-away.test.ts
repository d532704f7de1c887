import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Job } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Api, registeredApi } from '../support/api.ts';
import { type CloudTaskProcess, startService } from '../support/cloudtask.ts';
import { createDatabase, type TestDatabase } from '../support/database.ts';
import { eventually } from '../support/eventually.ts';
import { freePort } from '../support/free-port.ts';
import { startOwnRabbitmq } from '../support/own-rabbitmq.ts';
import { startOwnRedis } from '../support/own-redis.ts';
import type { OwnServer } from '../support/own-server.ts';
import { describeServices } from '../support/services.ts';

describeServices('with RabbitMQ and Redis away', ['postgres', 'rabbitmq', 'redis'], (urls) => {
  const folder = mkdtempSync(join(tmpdir(), 'cloudtask-away-'));
  const services: CloudTaskProcess[] = [];
  let database: TestDatabase;
  let rabbitmq: OwnServer;
  let redis: OwnServer;
  let api: Api;

  beforeAll(async () => {
    [database, rabbitmq, redis] = await Promise.all([
      createDatabase(urls.postgres),
      startOwnRabbitmq(),
      startOwnRedis(),
    ]);
    const env = {
      CLOUDTASK_DATABASE_URL: database.url,
      CLOUDTASK_BROKER_URL: rabbitmq.url,
      CLOUDTASK_SIGNALS_URL: redis.url,
      CLOUDTASK_PORT: String(await freePort()),
      CLOUDTASK_METRICS_PORT: '0',
      CLOUDTASK_DATA_DIR: folder,
    };
    for (const name of ['job-service', 'worker', 'results-processor', 'scheduler'] as const) {
      services.push(await startService(name, env));
    }
    api = await registeredApi(services[0]?.url ?? '');
  }, 120_000);

  afterAll(async () => {
    await Promise.all(services.map((service) => service.end('SIGKILL')));
    await Promise.all([rabbitmq?.close(), redis?.close(), database?.drop()]);
    rmSync(folder, { recursive: true, force: true });
  }, 60_000);

  const email = { type: 'email', payload: { to: 'ada@example.com', subject: 'Hello' } };

  async function submitted(): Promise<Job> {
    const answer = await api.submit(email);
    expect(answer.status).toBe(201);
    return (await answer.json()) as Job;
  }

  test('a submit is answered 201, and the job completes after they return', async () => {
    const before = await submitted();
    expect((await api.job(before.id, '20s')).status).toBe('COMPLETED');

    await Promise.all([rabbitmq.stop(), redis.stop()]);
    const jobs = await Promise.all(Array.from({ length: 20 }, submitted));
    expect((await api.job(jobs[0]?.id ?? '')).status).toBe('PENDING');

    await Promise.all([rabbitmq.restart(), redis.restart()]);
    for (const { id } of jobs) {
      const ended = await eventually(
        async () => {
          const job = await api.job(id, '5s');
          return job.status === 'COMPLETED' && job;
        },
        { timeoutMs: 60_000, describe: async () => api.job(id) },
      );
      expect(ended.attempt).toBe(1);
    }
  }, 180_000);

  test('a running job ends although the broker goes away under it', async () => {
    const answer = await api.submit({ type: 'sleep', payload: { seconds: 2 } });
    const { id } = (await answer.json()) as Job;
    await eventually(async () => (await api.job(id)).status === 'RUNNING', { timeoutMs: 30_000 });
    await rabbitmq.stop();
    const ended = await eventually(
      async () => {
        const job = await api.job(id);
        return job.status === 'COMPLETED' && job;
      },
      { timeoutMs: 30_000, describe: async () => api.job(id) },
    );
    expect(ended.attempt).toBe(1);
    await rabbitmq.restart();
  }, 120_000);

  test('a wiped broker is offered every waiting job again', async () => {
    await services[1]?.end('SIGTERM');
    const jobs = await Promise.all(Array.from({ length: 30 }, submitted));
    await rabbitmq.wipe();
    services[1] = await startService('worker', {
      CLOUDTASK_DATABASE_URL: database.url,
      CLOUDTASK_BROKER_URL: rabbitmq.url,
      CLOUDTASK_SIGNALS_URL: redis.url,
      CLOUDTASK_METRICS_PORT: '0',
      CLOUDTASK_DATA_DIR: folder,
    });
    for (const { id } of jobs) {
      await eventually(async () => (await api.job(id, '5s')).status === 'COMPLETED', { timeoutMs: 60_000 });
    }
  }, 180_000);
});
