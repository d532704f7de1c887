import { randomUUID } from 'node:crypto';
import { openMemoryBroker } from '@cloudtask/core/broker/memory';
import { migrate } from '@cloudtask/core/database/migrate';
import { openDatabase } from '@cloudtask/core/database/open-database';
import { silentLogger } from '@cloudtask/core/logger';
import { findViolations } from '@cloudtask/core/protocol/violations';
import { openSignals } from '@cloudtask/core/signals/open-signals';
import type { Job } from '@cloudtask/sdk/contract';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { startOwnRedis } from '../../../../test/support/own-redis.ts';
import type { OwnServer } from '../../../../test/support/own-server.ts';
import { describeServices } from '../../../../test/support/services.ts';
import { openTestApi, type TestApi } from './api.ts';

describeServices('two job-services, and Redis that forgets everything', ['postgres', 'redis'], (urls) => {
  let temporary: TestDatabase;
  let redis: OwnServer;
  let replicas: { api: TestApi; close(): Promise<void> }[];
  let token: string;

  async function openReplica() {
    const database = await openDatabase({
      url: temporary.url,
      applicationName: 'test',
      maxConnections: 4,
      logger: silentLogger,
    });
    await migrate(database);
    const broker = openMemoryBroker();
    const signals = await openSignals({ url: redis.url, prefix: `test.${randomUUID()}.`, logger: silentLogger });
    const api = await openTestApi({ database, broker, signals });
    return {
      api,
      async close() {
        await api.close();
        await Promise.all([broker.close(), signals.close()]);
        await database.close();
      },
    };
  }

  beforeAll(async () => {
    redis = await startOwnRedis();
    temporary = await createDatabase(urls.postgres);
    replicas = [await openReplica(), await openReplica()];
    token = (await replicas[0]?.api.register())?.token ?? '';
  });
  afterAll(async () => {
    await Promise.all(replicas.map((replica) => replica.close()));
    await temporary.drop();
    await redis.close();
  });

  async function flush(): Promise<void> {
    const client = new Redis(redis.url);
    await client.flushall();
    client.disconnect();
  }

  /** 200 submits over both replicas; Redis is emptied when the first have been answered. */
  async function submit200(body: object, headers: Record<string, string> = {}): Promise<Job[]> {
    let answered = 0;
    const answers = Array.from({ length: 200 }, async (_, n) => {
      const answer = await replicas[n % 2]?.api.call<Job>('POST', '/jobs', { token, body, headers });
      answered += 1;
      return answer?.body as Job;
    });
    await eventually(() => answered > 0, { intervalMs: 1 });
    await flush();
    return await Promise.all(answers);
  }

  it.each([
    ['idempotency key', { type: 'keyed' }, { 'idempotency-key': 'one' }],
    ['unique key', { type: 'unique', unique: { key: 'one' } }, undefined],
    ['both', { type: 'both', unique: { key: 'one' } }, { 'idempotency-key': 'both' }],
  ])('make one job of 200 submits with one %s', async (_what, body, headers) => {
    const jobs = await submit200(body, headers);
    expect(new Set(jobs.map(({ id }) => id)).size).toBe(1);
    await flush();
    expect(new Set((await submit200(body, headers)).map(({ id }) => id))).toEqual(new Set([jobs[0]?.id]));
    const list = await replicas[1]?.api.call<Job[]>('GET', `/jobs?type=${body.type}`, { token });
    expect(list?.body.map(({ id }) => id)).toEqual([jobs[0]?.id]);
  });

  it('of jobs that replace each other one is left', async () => {
    await submit200({ type: 'replaced', unique: { key: 'one', onConflict: 'replace' } });
    const list = await replicas[0]?.api.call<Job[]>('GET', '/jobs?type=replaced&status=PENDING', { token });
    expect(list?.body).toHaveLength(1);
    const all = await replicas[0]?.api.call<Job[]>('GET', '/jobs?type=replaced&limit=1000', { token });
    expect(all?.body).toHaveLength(200);
    const database = replicas[0]?.api.database;
    expect(database && (await findViolations(database))).toEqual([]);
  });
});
