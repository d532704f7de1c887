import { migrate } from '@cloudtask/core/database/migrate';
import { openPostgres } from '@cloudtask/core/database/postgres';
import { WORKER_LOCK } from '@cloudtask/core/protocol/workers';
import { openMemorySignals } from '@cloudtask/core/signals/memory';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../test/support/database.ts';
import { eventually } from '../../../test/support/eventually.ts';
import { describeServices } from '../../../test/support/services.ts';
import { openTestRabbitMq } from '../../core/test/broker/test-rabbitmq.ts';
import { newJob, TestPlatform } from './support/test-platform.ts';
import { submitJobs } from '@cloudtask/core/protocol/submit';

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

  async function locksOf(id: number | undefined): Promise<number> {
    const rows = await platform.query(
      `select 1 from pg_locks where locktype = 'advisory' and classid = $1::oid and objid = $2::oid and objsubid = 2 and granted`,
      [WORKER_LOCK, id],
    );
    return rows.length;
  }

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
    const ended = await platform.query<{ pid: number }>(
      `select pid, pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = $1::oid and classid = $2::oid`,
      [worker.id, WORKER_LOCK],
    );
    expect(ended).toHaveLength(1);
    await eventually(async () => (await locksOf(worker.id)) === 1, { timeoutMs: 3_000 });
  });

  it('holds no hint behind long jobs while another worker is idle', async () => {
    const { broker } = platform.parts;
    const ran: Record<string, number> = { a: 0, b: 0 };
    const slow = (name: string) => async (_: unknown, context: { sleep(ms: number): Promise<void> }) => {
      ran[name] = (ran[name] ?? 0) + 1;
      await context.sleep(4_000);
    };
    await platform.worker({ slow: slow('a') }, { concurrency: 4 });
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
  });
});
