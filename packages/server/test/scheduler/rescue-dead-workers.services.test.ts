import { openMemoryBroker } from '@cloudtask/core/broker/memory';
import { openDatabase } from '@cloudtask/core/database/open-database';
import { holdSession, type Session } from '@cloudtask/core/database/postgres';
import { silentLogger } from '@cloudtask/core/logger';
import { COMPLETED_QUEUE } from '@cloudtask/core/messages';
import { type Counter, createRegistry } from '@cloudtask/core/metrics';
import { findViolations } from '@cloudtask/core/protocol/violations';
import { lockWorker } from '@cloudtask/core/protocol/worker-lock';
import { heartbeat, setWorkerState } from '@cloudtask/core/protocol/workers';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { createDatabase, type TestDatabase } from '../../../../test/support/database.ts';
import { eventually } from '../../../../test/support/eventually.ts';
import { startOwnPostgres } from '../../../../test/support/own-postgres.ts';
import { describeServices } from '../../../../test/support/services.ts';
import { emptyTables } from '../../../core/test/protocol/protocol-tables.ts';
import { schedulerMetrics } from '../../src/scheduler/metrics.ts';
import { deadWorkerRescue, rescueForgottenJobs } from '../../src/scheduler/rescue-dead-workers.ts';
import { openScheduling, type Scheduling } from './scheduler-fixture.ts';

function newLostLeases(): Counter {
  return schedulerMetrics(createRegistry({ application: 'test', processMetrics: false })).lostLeases;
}

interface Living {
  id: number;
  session: Session;
  jobId: string;
}

/** A worker that holds its lock, and runs a job. */
async function living(url: string, { jobs, worker, database }: Scheduling): Promise<Living> {
  const jobId = await jobs.submit();
  const id = await worker({ 'test.job': null });
  const session = await holdSession(url, { applicationName: 'test' });
  expect(await lockWorker(session, id)).toBe(true);
  await jobs.claim([jobId], { workerId: id });
  expect(await findViolations(database)).toEqual([]);
  return { id, session, jobId };
}

/** The server lets go of a lock a moment after its session has ended. */
async function end({ id, session }: Living, { database }: Scheduling): Promise<void> {
  await session.close();
  const held = () =>
    database.query(
      {
        name: 'test_held_locks',
        text: `select from pg_locks where locktype = 'advisory' and objid = $1::integer::oid
                  and database = (select oid from pg_database where datname = current_database())`,
      },
      [id],
    );
  await eventually(async () => (await held()).length === 0);
}

async function openPostgresScheduling(url: string): Promise<Scheduling> {
  return await openScheduling(
    await openDatabase({ url, applicationName: 'test', maxConnections: 4, logger: silentLogger }),
  );
}

describeServices('the rescue of dead workers', ['postgres'], (urls) => {
  let own: TestDatabase;
  let scheduling: Scheduling;
  let rescue: () => Promise<void>;
  let lostLeases: Counter;
  let worker: Living;

  beforeAll(async () => {
    own = await createDatabase(urls.postgres);
    scheduling = await openPostgresScheduling(own.url);
  });
  beforeEach(async () => {
    await emptyTables(scheduling.database);
    await scheduling.broker.purge(COMPLETED_QUEUE);
    for (const channel of ['jobs', 'backlog'] as const) await scheduling.rung(channel);
    lostLeases = newLostLeases();
    rescue = deadWorkerRescue({ ...scheduling, lostLeases });
    worker = await living(own.url, scheduling);
    // A worker's first seconds, when it may not have its lock yet.
    await scheduling.pass(3_100);
  });
  afterEach(async () => {
    await worker.session.close();
    expect(await findViolations(scheduling.database)).toEqual([]);
  });
  afterAll(async () => {
    await scheduling?.close();
    await own?.drop();
  });

  const job = () => scheduling.jobs.state(worker.jobId);

  it('leaves the living alone', async () => {
    for (let n = 0; n < 3; n++) await rescue();
    expect((await job()).status).toBe('RUNNING');
  });

  it('gives the jobs of a worker whose lock went away to others at the second look, and rings', async () => {
    await end(worker, scheduling);
    await rescue();
    expect((await job()).status).toBe('RUNNING');
    await rescue();
    expect(await job()).toMatchObject({ status: 'PENDING', hinted: false, losses: 1 });
    expect(await scheduling.rung('jobs')).toMatchObject([{ id: worker.jobId }]);
    expect(await scheduling.rung('backlog')).toEqual([{ id: 'default' }]);
    await rescue();
    expect(await job()).toMatchObject({ losses: 1 });
  });

  it('forgets its suspicion when the lock is back', async () => {
    await end(worker, scheduling);
    await rescue();
    worker.session = await holdSession(own.url, { applicationName: 'test' });
    expect(await lockWorker(worker.session, worker.id)).toBe(true);
    await rescue();
    await end(worker, scheduling);
    await rescue();
    expect((await job()).status).toBe('RUNNING');
  });

  it('does not judge by the lock while results wait, for they may be of the dead', async () => {
    await scheduling.broker.publish(COMPLETED_QUEUE, Buffer.from('waits'));
    await end(worker, scheduling);
    for (let n = 0; n < 4; n++) await rescue();
    expect((await job()).status).toBe('RUNNING');
    await scheduling.broker.purge(COMPLETED_QUEUE);
    await rescue();
    expect((await job()).status).toBe('RUNNING');
    await rescue();
    expect((await job()).status).toBe('PENDING');
  });

  it('does not judge by the lock while the broker cannot tell, but does by the lease', async () => {
    const away = openMemoryBroker();
    await away.close();
    const blind = deadWorkerRescue({ ...scheduling, lostLeases, broker: away });
    await end(worker, scheduling);
    for (let n = 0; n < 3; n++) await blind();
    expect((await job()).status).toBe('RUNNING');
    await scheduling.pass(12_500);
    await blind();
    expect((await job()).status).toBe('PENDING');
  });

  it('takes a worker for dead that has its lock and is silent for a lease', async () => {
    await scheduling.pass(11_000);
    await rescue();
    expect((await job()).status).toBe('RUNNING');
    await scheduling.pass(1_500);
    await rescue();
    expect(await job()).toMatchObject({ status: 'PENDING', losses: 1 });
    const beat = { workerId: worker.id, busy: 1, types: [], lastDeliveryAt: null, doneTokens: [] };
    expect(await heartbeat(scheduling.database, beat)).toMatchObject({ alive: false });
  });

  it('suspects nobody within its first three seconds', async () => {
    const newcomer = await living(own.url, scheduling);
    await end(newcomer, scheduling);
    for (let n = 0; n < 3; n++) await rescue();
    expect(await scheduling.jobs.status(newcomer.jobId)).toBe('RUNNING');
    await scheduling.pass(3_100);
    for (let n = 0; n < 2; n++) await rescue();
    expect(await scheduling.jobs.status(newcomer.jobId)).toBe('PENDING');
  });

  it('finds the jobs of a worker that stopped and left some running', async () => {
    await setWorkerState(scheduling.database, worker.id, 'stopped');
    await end(worker, scheduling);
    for (let n = 0; n < 2; n++) await rescue();
    expect((await job()).status).toBe('PENDING');
  });

  it('by two schedulers at once costs a job one attempt', async () => {
    const jobs = [worker.jobId];
    for (let n = 0; n < 20; n++) jobs.push(await scheduling.jobs.submit());
    await scheduling.jobs.claim(jobs, { workerId: worker.id });
    await end(worker, scheduling);
    const other = deadWorkerRescue({ ...scheduling, lostLeases });
    for (let n = 0; n < 2; n++) await Promise.all([rescue(), other()]);
    for (const id of jobs)
      expect(await scheduling.jobs.state(id)).toMatchObject({ status: 'PENDING', losses: 1, fence: 1 });
    expect(await scheduling.rung('jobs')).toHaveLength(jobs.length);
    expect((await lostLeases.get()).values).toMatchObject([{ value: jobs.length }]);
  });

  it('ends a job that its living worker lost sight of, long after its timeout', async () => {
    const beat = { workerId: worker.id, busy: 0, types: [], lastDeliveryAt: null, doneTokens: [] };
    await scheduling.pass(60_000 + 110_000);
    await heartbeat(scheduling.database, beat);
    await rescueForgottenJobs(scheduling);
    expect((await job()).status).toBe('RUNNING');
    await scheduling.pass(10_500);
    await rescueForgottenJobs(scheduling);
    expect(await job()).toMatchObject({ status: 'PENDING', losses: 1 });
    expect(await scheduling.rung('backlog')).toEqual([{ id: 'default' }]);
  });
});

describeServices('the rescue of dead workers', ['postgres'], () => {
  it('suspects nobody until PostgreSQL itself has been up for a lease', async () => {
    const server = await startOwnPostgres();
    const scheduling = await openPostgresScheduling(server.url);
    try {
      const worker = await living(server.url, scheduling);
      await end(worker, scheduling);
      // Silent for a lease and without its lock, as everybody is after a restart of the server.
      await scheduling.pass(60_000);
      const rescue = deadWorkerRescue({ ...scheduling, lostLeases: newLostLeases() });
      for (let n = 0; n < 3; n++) await rescue();
      expect(await scheduling.jobs.status(worker.jobId)).toBe('RUNNING');
      await eventually(
        async () => {
          await rescue();
          return (await scheduling.jobs.status(worker.jobId)) === 'PENDING';
        },
        { timeoutMs: 25_000, intervalMs: 500 },
      );
    } finally {
      await scheduling.close();
      await server.close();
    }
  });
});
