import type { Broker } from '@cloudtask/core/broker/broker';
import { migrate } from '@cloudtask/core/database/migrate';
import { openPostgres } from '@cloudtask/core/database/postgres';
import { submitJobs } from '@cloudtask/core/protocol/submit';
import { WORKER_LOCK } from '@cloudtask/core/protocol/workers';
import { openMemorySignals } from '@cloudtask/core/signals/memory';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { describeServices } from '../../../test/support/services.ts';
import { startTcpProxy } from '../../../test/support/tcp-proxy.ts';
import { openTestRabbitMq } from '../../core/test/broker/test-rabbitmq.ts';
import { newJob, TestPlatform } from './support/test-platform.ts';

describeServices('a worker on PostgreSQL and RabbitMQ', ['postgres', 'rabbitmq'], (urls) => {
  let database: TestDatabase;
  let platform: TestPlatform;

  beforeEach(async () => {
    database = await createDatabase(urls.postgres);
    const db = await openPostgres({ url: database.url, applicationName: 'worker-test' });
    await migrate(db);
    const { broker } = await openTestRabbitMq(urls.rabbitmq);
    platform = new TestPlatform({ database: db, broker, signals: openMemorySignals() }, database.url);
  });
  afterEach(async () => {
    await platform.close();
    await database.drop();
  });

  // Other databases of this server have workers with the same ids.
  async function sessionsWithLock(id: number | undefined): Promise<number[]> {
    const rows = await platform.query<{ pid: number }>(
      `select pid from pg_locks where locktype = 'advisory' and classid = $1::oid and objid = $2::oid and granted
          and database = (select oid from pg_database where datname = current_database())`,
      [WORKER_LOCK, id],
    );
    return rows.map(({ pid }) => pid);
  }
  const locksOf = async (id: number | undefined) => (await sessionsWithLock(id)).length;

  it('runs jobs, holds its lock while it lives, and lets go of it when it has stopped', async () => {
    await platform.settleReports();
    const worker = await platform.worker({ double: (n) => (n as number) * 2 });
    expect(worker.isConsuming).toBe(true);
    expect(await locksOf(worker.id)).toBe(1);
    const id = await platform.submit('double', 4);
    expect((await platform.finished(id)).result).toBe(8);
    const workerId = worker.id;
    await worker.close();
    await eventually(async () => (await locksOf(workerId)) === 0);
    const [row] = await platform.query<{ state: string }>('select state from cloudtask.workers where id = $1', [
      workerId,
    ]);
    expect(row?.state).toBe('stopped');
  });

  it('settles what nobody settles after five seconds, without a second run', async () => {
    platform.settlesReports = false;
    await platform.settleReports();
    let runs = 0;
    await platform.worker({ count: () => ++runs });
    const id = await platform.submit('count');
    expect(await platform.finished(id, 12_000)).toMatchObject({ status: 'COMPLETED', fence: 1 });
    expect(runs).toBe(1);
  });

  it('gives running jobs back when its grace is over, free of charge', async () => {
    const worker = await platform.worker({ forever: () => new Promise(() => {}) });
    const id = await platform.submit('forever');
    await platform.jobWhen(id, ({ status }) => status === 'RUNNING');
    await worker.close({ graceMs: 100 });
    expect(await platform.job(id)).toMatchObject({ status: 'PENDING', failures: 0, losses: 0, hinted: false });
  });

  it('stops its jobs and registers anew when it was declared dead', async () => {
    const reasons: string[] = [];
    const worker = await platform.worker({
      wait: (_, { signal }) =>
        new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => {
            reasons.push(signal.reason.kind);
            reject(signal.reason);
          }),
        ),
    });
    const before = worker.id;
    const id = await platform.submit('wait');
    await platform.jobWhen(id, ({ status }) => status === 'RUNNING');
    await platform.query(`update cloudtask.workers set state = 'dead' where id = $1`, [before]);
    await eventually(() => worker.id !== undefined && worker.id !== before, { timeoutMs: 8_000 });
    expect(reasons).toEqual(['lease-lost']);
    expect((await platform.job(id)).status).toBe('RUNNING');
  });

  it('holds its lock again soon after its session was ended', async () => {
    const worker = await platform.worker({ nothing: () => null });
    const [session] = await sessionsWithLock(worker.id);
    await platform.query('select pg_terminate_backend($1::integer)', [session]);
    await eventually(
      async () => {
        const [now] = await sessionsWithLock(worker.id);
        return now !== undefined && now !== session;
      },
      { timeoutMs: 3_000 },
    );
  });

  it('stops its jobs when the database has been silent for a lease, and comes back as a new worker', async () => {
    await platform.settleReports();
    const proxy = await startTcpProxy(database.url);
    const behind = await openPostgres({ url: proxy.url, applicationName: 'worker-test', statementTimeoutMs: 3_000 });
    const reasons: string[] = [];
    const wait = (_: unknown, { signal }: { signal: AbortSignal }) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => {
          reasons.push(signal.reason.kind);
          reject(signal.reason);
        }),
      );
    const handlers = { wait: wait as never, ok: () => 1 };
    const worker = await platform.worker(handlers, { databaseUrl: proxy.url }, { database: behind });
    const before = worker.id;
    const id = await platform.submit('wait');
    await platform.jobWhen(id, ({ status }) => status === 'RUNNING');
    const silentSince = performance.now();
    proxy.drop();
    await eventually(() => reasons.length === 1, { timeoutMs: 20_000 });
    // The last heartbeat that was answered may have been sent up to 5 s before.
    expect(performance.now() - silentSince).toBeGreaterThan(9_000);
    expect(performance.now() - silentSince).toBeLessThan(16_500);
    expect(reasons).toEqual(['lease-lost']);
    expect(worker.isConsuming).toBe(false);
    await proxy.pass();
    proxy.cut();
    await eventually(() => worker.id !== undefined && worker.id !== before, { timeoutMs: 15_000 });
    const next = await platform.submit('ok');
    expect((await platform.finished(next)).status).toBe('COMPLETED');
    await worker.close({ graceMs: 0 });
    await behind.close();
    await proxy.close();
  });

  it('holds no hint behind long jobs while another worker is idle', async () => {
    const { broker } = platform.parts;
    const ran: Record<string, number> = { a: 0, b: 0 };
    const slow = (name: string) => async (_: unknown, context: { sleep(ms: number): Promise<void> }) => {
      ran[name] = (ran[name] ?? 0) + 1;
      await context.sleep(4_000);
    };
    let delivered = 0;
    const counting: Broker = Object.create(broker, {
      health: { get: () => broker.health },
      publish: { value: broker.publish.bind(broker) },
      consume: {
        value: ((queue, options, onDelivery) =>
          broker.consume(queue, options, (delivery) => {
            delivered += 1;
            onDelivery(delivery);
          })) satisfies Broker['consume'],
      },
    });
    await platform.worker({ slow: slow('a') }, { concurrency: 4 }, { broker: counting });
    const jobs = Array.from({ length: 8 }, () => newJob('slow', null));
    await submitJobs(platform.parts.database, jobs, 600_000);
    for (const { id } of jobs) await platform.hint('slow', [id]);
    await eventually(() => ran.a === 4);
    await eventually(async () => (await broker.depth('jobs.created')).ready === 4, { timeoutMs: 1_000 });
    const startedAt = performance.now();
    await platform.worker({ slow: slow('b') }, { concurrency: 4 });
    await eventually(() => ran.b === 4, { timeoutMs: 1_000 });
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect(ran.a).toBe(4);
    // Those that came while a slot was still free aside, a full worker is not offered more.
    expect(delivered).toBeLessThan(8);
  });
});
