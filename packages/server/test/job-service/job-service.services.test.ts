import { randomUUID } from 'node:crypto';
import type { Broker } from '@cloudtask/core/broker/broker';
import { openBroker } from '@cloudtask/core/broker/open-broker';
import { systemClock } from '@cloudtask/core/clock';
import { readSettings } from '@cloudtask/core/config';
import type { Database } from '@cloudtask/core/database/database';
import { migrate } from '@cloudtask/core/database/migrate';
import { openDatabase } from '@cloudtask/core/database/open-database';
import { silentLogger } from '@cloudtask/core/logger';
import type { HintMessage } from '@cloudtask/core/messages';
import { createRegistry } from '@cloudtask/core/metrics';
import { openSignals } from '@cloudtask/core/signals/open-signals';
import type { Signals } from '@cloudtask/core/signals/signals';
import type { Job, Session } from '@cloudtask/sdk/contract';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.ts';
import { describeServices } from '../../../../test/support/services.ts';
import { startScheduler } from '../../src/scheduler/service.ts';
import { schedulerOptions, schedulerSettings } from '../../src/settings.ts';
import { openTestApi, PASSWORD, type TestApi } from './api.ts';
import { deleteQueues } from './delete-queues.ts';
import { standInWorker } from './worker-stand-in.ts';

describeServices('job-services on real servers', ['postgres', 'rabbitmq', 'redis'], (urls) => {
  const prefix = `test.${randomUUID()}.`;
  let temporary: TestDatabase;
  let shared: { database: Database; broker: Broker; signals: Signals };
  let replicas: [TestApi, TestApi];
  beforeAll(async () => {
    temporary = await createDatabase(urls.postgres);
    const database = await openDatabase({
      url: temporary.url,
      applicationName: 'test',
      maxConnections: 4,
      logger: silentLogger,
    });
    await migrate(database);
    const broker = await openBroker({
      url: urls.rabbitmq,
      connectionName: 'test',
      queueType: 'classic',
      prefix,
      logger: silentLogger,
    });
    shared = { database, broker, signals: await openSignals({ url: urls.redis, prefix, logger: silentLogger }) };
    replicas = [await openTestApi(shared), await openTestApi(shared)];
  });
  afterAll(async () => {
    await Promise.all(replicas.map((api) => api.close()));
    await Promise.all([shared.broker.close(), shared.signals.close()]);
    await deleteQueues(urls.rabbitmq, prefix);
    await shared.database.close();
    await temporary.drop();
  });

  it('two replicas make one job of a hundred equal requests', async () => {
    const { token } = await replicas[0].register();
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, n) =>
        replicas[n % 2 ? 0 : 1].call<Job>('POST', '/jobs', {
          token,
          body: { type: 'once', payload: { n: 1 } },
          headers: { 'idempotency-key': 'once' },
        }),
      ),
    );
    expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
    expect((await replicas[0].call<Job[]>('GET', '/jobs', { token })).body).toHaveLength(1);
  });

  it('a throttle holds on every replica, and for a new process', async () => {
    const email = 'throttled@example.com';
    await replicas[0].call('POST', '/auth/register', { body: { email, password: PASSWORD } });
    const attempt = (api: TestApi) =>
      api.call('POST', '/auth/login', { body: { email, password: 'wrong-password-1' }, remoteAddress: '198.51.100.1' });
    for (let n = 0; n < 10; n += 1) expect((await attempt(replicas[n % 2 ? 0 : 1])).status).toBe(401);
    expect((await attempt(replicas[1])).status).toBe(429);
    const another = await openTestApi(shared);
    expect((await attempt(another)).status).toBe(429);
    await another.close();
  });

  it('of twenty registrations of one address at once one wins', async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        replicas[n % 2 ? 0 : 1].call<Session>('POST', '/auth/register', {
          body: { email: 'race@example.com', password: PASSWORD },
        }),
      ),
    );
    expect(answers.map(({ status }) => status).sort()).toEqual([201, ...new Array(19).fill(409)]);
  });

  it('logout on one replica is known to the other within 5 s', async () => {
    const { token } = await replicas[0].register();
    expect((await replicas[1].call('GET', '/auth/me', { token })).status).toBe(200);
    await replicas[0].call('POST', '/auth/logout', { token });
    await expect
      .poll(async () => (await replicas[1].call('GET', '/auth/me', { token })).status, { timeout: 6_000 })
      .toBe(401);
  });

  it('who waits at one replica hears of a change through Redis', async () => {
    const worker = await standInWorker(shared.database);
    const { token } = await replicas[0].register();
    const { id } = await replicas[0].submit(token);
    const waiting = replicas[1].call<Job>('GET', `/jobs/${id}?wait=20s`, { token });
    await worker.complete(id);
    shared.signals.ring('jobs', [{ id }]);
    expect((await waiting).body.status).toBe('COMPLETED');
  });

  it('hints go to the queue of their jobs', async () => {
    const queue = 'mail';
    await standInWorker(shared.database, { types: ['mail'], queue });
    const { token } = await replicas[0].register();
    const hinted = new Set<string>();
    await shared.broker.consume('jobs.created.mail', { prefetch: 100 }, (delivery) => {
      for (const { id } of (JSON.parse(delivery.body.toString()) as HintMessage).jobs) hinted.add(id);
      delivery.ack();
    });
    const submit = () => replicas[0].submit(token, { type: 'mail', queue });
    // What comes before the gauge has seen the worker goes through the dispatcher, then the way is direct.
    const scheduler = await startScheduler({
      ...shared,
      ...schedulerOptions(readSettings(schedulerSettings, { flags: {}, env: {} })),
      clock: systemClock,
      logger: silentLogger,
      registry: createRegistry({ application: 'test', processMetrics: false }),
    });
    const published = async () =>
      /rabbitmq_publish_total\{outcome="success"/.test(await replicas[0].registry.metrics());
    await expect
      .poll(
        async () => {
          await submit();
          return await published();
        },
        { timeout: 15_000, interval: 200 },
      )
      .toBe(true);
    const jobs = await Promise.all(Array.from({ length: 100 }, submit));
    await expect.poll(() => jobs.every(({ id }) => hinted.has(id)), { timeout: 10_000 }).toBe(true);
    await scheduler.close();
  });

  it('lists of a user walk the index, whatever the filter', async () => {
    const plan = await shared.database.query<{ 'QUERY PLAN': string }>(
      {
        name: 'plan_of_list',
        text: `explain select j.id from (select * from cloudtask.jobs where user_id = gen_random_uuid() order by id desc limit 101) j
               join cloudtask.job_states s on s.id = j.id order by j.id desc limit 101`,
      },
      [],
    );
    expect(plan.map((line) => line['QUERY PLAN']).join('\n')).toContain('jobs_by_user');
  });
});
