import { randomUUID } from 'node:crypto';
import type { Database } from '@cloudtask/core/database/database';
import { firstIdAt, newId } from '@cloudtask/core/ids';
import { cancelJob } from '@cloudtask/core/protocol/cancel';
import { holdDuty } from '@cloudtask/core/protocol/duties';
import { readClock } from '@cloudtask/core/protocol/read-clock';
import type { NewJob } from '@cloudtask/core/protocol/submit';
import { submitUniqueJob } from '@cloudtask/core/protocol/submit-unique';
import { findViolations } from '@cloudtask/core/protocol/violations';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { AGEING_MS, completed, failed, newJob, STRANGER, USER } from '../../../core/test/protocol/job-fixture.ts';
import { emptyTables, takeMoves } from '../../../core/test/protocol/protocol-tables.ts';
import { runActions } from '../../src/scheduler/run-actions.ts';
import { type ActionRow, insertAction, type NewAction, readAction, stopAction } from '../../src/store/job-actions.ts';
import { openScheduling, type Scheduling } from './scheduler-fixture.ts';

let scheduling: Scheduling;
beforeAll(async () => {
  scheduling = await openScheduling();
});
beforeEach(async () => {
  await emptyTables(scheduling.database);
  await scheduling.pass(0);
});
afterEach(async () => expect(await findViolations(scheduling.database)).toEqual([]));
afterAll(() => scheduling.close());

/** Made after all jobs that there are. */
async function action(options: Partial<NewAction> = {}): Promise<string> {
  await scheduling.pass(1);
  const id = newId(scheduling.clock);
  const createdAt = await readClock(scheduling.database);
  await insertAction(scheduling.database, {
    id,
    userId: USER,
    action: 'retry',
    filter: { all: true },
    reason: null,
    canary: 0,
    perSecond: null,
    untilId: firstIdAt(new Date(createdAt.getTime() + 60_000)),
    createdAt,
    ...options,
  });
  return id;
}

const run = (database: Database = scheduling.database) => runActions({ ...scheduling, database, ageingMs: AGEING_MS });

async function runAll(): Promise<void> {
  for (;;) {
    const answer = await run();
    if (!answer || 'inMs' in answer) return;
  }
}

async function read(id: string): Promise<ActionRow> {
  const row = await readAction(scheduling.database, USER, id);
  if (!row) throw new Error('the action is gone');
  return row;
}

async function failedJobs(count: number, options: Partial<NewJob> = {}): Promise<string[]> {
  const ids: string[] = [];
  for (let n = 0; n < count; n += 1) ids.push((await scheduling.jobs.jobIn('FAILED', options)).id);
  return ids;
}

async function statuses(ids: readonly string[]): Promise<string[]> {
  return await Promise.all(ids.map((id) => scheduling.jobs.status(id)));
}

describe('actions on many jobs', () => {
  it('are looked for now and then when there are none', async () => {
    expect(await run()).toEqual({ inMs: 500 });
  });

  it('retry what ended badly, once each, and ring for watchers and the dispatcher', async () => {
    const bad = [
      (await scheduling.jobs.jobIn('FAILED', { queue: 'mail' })).id,
      (await scheduling.jobs.jobIn('EXPIRED')).id,
    ];
    const others = [(await scheduling.jobs.jobIn('COMPLETED')).id, await scheduling.jobs.submit()];
    await scheduling.jobs.jobIn('FAILED', { userId: STRANGER });
    await takeMoves(scheduling.database);
    await scheduling.rung('jobs');
    await scheduling.rung('backlog');
    const id = await action();
    await runAll();
    expect(await statuses(bad)).toEqual(['PENDING', 'PENDING']);
    expect(await statuses(others)).toEqual(['COMPLETED', 'PENDING']);
    expect((await takeMoves(scheduling.database)).map(({ jobId }) => jobId)).toEqual(bad);
    expect(await read(id)).toMatchObject({ state: 'DONE', done: 2, skipped: 0, reachedId: expect.any(String) });
    expect((await scheduling.rung('jobs')).map((note) => note.id)).toEqual(bad);
    expect((await scheduling.rung('backlog')).map((note) => note.id)).toEqual(['mail', 'default']);
  });

  it('are about jobs that were there when they were made', async () => {
    const [before = ''] = await failedJobs(1);
    const id = await action();
    const [after = ''] = await failedJobs(1);
    await runAll();
    expect(await statuses([before, after])).toEqual(['PENDING', 'FAILED']);
    expect((await read(id)).done).toBe(1);
  });

  it('come to each job once, also when it fails again meanwhile', async () => {
    const ids = await failedJobs(3);
    const id = await action({ perSecond: 1 });
    for (let n = 0; n < 6; n += 1) {
      await run();
      for (const each of ids) {
        if ((await scheduling.jobs.status(each)) !== 'PENDING') continue;
        await scheduling.jobs.settle(await scheduling.jobs.start(each), failed({ retryable: false }));
      }
      await scheduling.pass(1_000);
    }
    expect(await read(id)).toMatchObject({ state: 'DONE', done: 3 });
    for (const each of ids) expect((await scheduling.jobs.attempts(each)).length).toBe(2);
  });

  it('go through many jobs in steps, in the order of their ids', async () => {
    const ids = await failedJobs(130);
    const id = await action();
    await takeMoves(scheduling.database);
    expect(await run()).toEqual({ again: true });
    expect(await read(id)).toMatchObject({ state: 'RUNNING', done: 100, reachedId: ids[99] });
    await runAll();
    expect(await read(id)).toMatchObject({ state: 'DONE', done: 130 });
    expect((await takeMoves(scheduling.database)).map(({ jobId }) => jobId)).toEqual(ids);
  });

  it('skip a job whose unique key another one has', async () => {
    const unique = { key: 'k', until: 'finished' as const };
    const store = async () => {
      const job = { ...newJob(), unique };
      await submitUniqueJob(scheduling.database, job, { onConflict: 'return', ageingMs: AGEING_MS });
      return job.id;
    };
    const first = await store();
    await scheduling.jobs.settle(await scheduling.jobs.start(first), failed({ retryable: false }));
    await store();
    const id = await action();
    await runAll();
    expect(await read(id)).toMatchObject({ state: 'DONE', done: 0, skipped: 1 });
    expect(await scheduling.jobs.status(first)).toBe('FAILED');
  });

  it('take turns', async () => {
    await failedJobs(4);
    const ids = [await action({ perSecond: 1 }), await action({ perSecond: 1, userId: STRANGER })];
    await run();
    await run();
    expect((await read(ids[0] ?? '')).done).toBe(1);
    expect(await readAction(scheduling.database, STRANGER, ids[1] ?? '')).toMatchObject({ state: 'DONE' });
  });

  it('stop where they are when their user says so', async () => {
    const ids = await failedJobs(2);
    const id = await action({ perSecond: 1 });
    await run();
    await stopAction(scheduling.database, { userId: USER, id, reason: 'enough' });
    await scheduling.pass(5_000);
    await runAll();
    expect(await read(id)).toMatchObject({
      state: 'STOPPED',
      stopReason: 'enough',
      done: 1,
      endedAt: expect.any(Date),
    });
    expect(await statuses(ids)).toEqual(['PENDING', 'FAILED']);
  });
});

describe('a rate', () => {
  it('lets so many jobs a second through, by the database clock', async () => {
    await failedJobs(12);
    const id = await action({ perSecond: 5 });
    await runAll();
    expect((await read(id)).done).toBe(5);
    await scheduling.pass(999);
    expect(await run()).toEqual({ inMs: 1 });
    expect((await read(id)).done).toBe(5);
    await scheduling.pass(1);
    await runAll();
    expect((await read(id)).done).toBe(10);
    await scheduling.pass(1_000);
    await runAll();
    expect(await read(id)).toMatchObject({ state: 'DONE', done: 12 });
  });

  it('below one a second makes the pauses longer', async () => {
    await failedJobs(2);
    const id = await action({ perSecond: 0.5 });
    await runAll();
    await scheduling.pass(1_999);
    await runAll();
    expect((await read(id)).done).toBe(1);
    await scheduling.pass(1);
    await runAll();
    expect((await read(id)).done).toBe(2);
  });
});

describe('a canary', () => {
  const settleAll = async (ids: readonly string[], outcome = completed()) => {
    for (const id of ids) await scheduling.jobs.settle(await scheduling.jobs.start(id), outcome);
  };

  it('goes first, and the others only when all of it has completed', async () => {
    const ids = await failedJobs(5);
    const id = await action({ canary: 2 });
    await runAll();
    expect(await statuses(ids)).toEqual(['PENDING', 'PENDING', 'FAILED', 'FAILED', 'FAILED']);
    expect(await read(id)).toMatchObject({ state: 'CANARY', done: 2, canaryIds: ids.slice(0, 2) });
    await settleAll(ids.slice(0, 1));
    await scheduling.pass(1_000);
    await runAll();
    expect((await read(id)).state).toBe('CANARY');
    await settleAll(ids.slice(1, 2));
    await scheduling.pass(1_000);
    await runAll();
    expect(await read(id)).toMatchObject({ state: 'DONE', done: 5, canaryIds: ids.slice(0, 2) });
    expect(await statuses(ids)).toEqual(['COMPLETED', 'COMPLETED', 'PENDING', 'PENDING', 'PENDING']);
  });

  it.each([
    ['fails', 'FAILED'],
    ['is cancelled', 'CANCELLED'],
  ])('that %s stops the action, which names the job', async (_what, status) => {
    const ids = await failedJobs(3);
    const id = await action({ canary: 2 });
    await runAll();
    if (status === 'FAILED') await settleAll(ids.slice(1, 2), failed({ retryable: false }));
    else await cancelJob(scheduling.database, { id: ids[1] ?? '', userId: USER, reason: null });
    await scheduling.pass(1_000);
    await runAll();
    expect(await read(id)).toMatchObject({
      state: 'STOPPED',
      stopReason: `the canary job ${ids[1]} ended ${status}`,
      done: 2,
      endedAt: expect.any(Date),
    });
    expect(await scheduling.jobs.status(ids[2] ?? '')).toBe('FAILED');
  });

  it('waits while one of its jobs is to be tried again', async () => {
    const [id = ''] = await failedJobs(1);
    const made = await action({ canary: 1 });
    await runAll();
    await settleAll([id], failed({ retryable: true, retryDelayMs: 60_000 }));
    await scheduling.pass(1_000);
    await runAll();
    expect((await read(made)).state).toBe('CANARY');
  });

  it('larger than what there is ends with it', async () => {
    const ids = await failedJobs(2);
    const id = await action({ canary: 10 });
    await runAll();
    expect((await read(id)).state).toBe('CANARY');
    await settleAll(ids);
    await scheduling.pass(1_000);
    await runAll();
    expect(await read(id)).toMatchObject({ state: 'DONE', done: 2 });
    const none = await action({ canary: 3, filter: { type: ['no such type'] } });
    await runAll();
    expect(await read(none)).toMatchObject({ state: 'DONE', done: 0, canaryIds: [] });
  });

  it('keeps to the rate too', async () => {
    await failedJobs(5);
    const id = await action({ canary: 3, perSecond: 2 });
    await runAll();
    expect(await read(id)).toMatchObject({ state: 'RUNNING', done: 2 });
    await scheduling.pass(1_000);
    await runAll();
    expect(await read(id)).toMatchObject({ state: 'CANARY', done: 3 });
  });
});

describe('a crash', () => {
  /** The real database, whose connection breaks at the nth statement of the transaction. */
  function breaking(nth: number): Database {
    const { database } = scheduling;
    return {
      kysely: database.kysely,
      shared: database.shared,
      query: (statement, values) => database.query(statement, values),
      script: (sql) => database.script(sql),
      close: () => database.close(),
      transaction: (work) =>
        database.transaction((tx) => {
          let count = 0;
          return work({
            query: (statement, values) => {
              count += 1;
              if (count === nth) throw new Error('crash');
              return tx.query(statement, values);
            },
          });
        }),
    };
  }

  // 1: the action is taken. 2…6: the jobs. 7: how far it has come.
  it.each([1, 2, 4, 7])('at statement %i of a step leaves nothing half done, and repeats nothing', async (nth) => {
    const ids = await failedJobs(5);
    const id = await action();
    await takeMoves(scheduling.database);
    await expect(run(breaking(nth))).rejects.toThrow('crash');
    expect(await takeMoves(scheduling.database)).toEqual([]);
    expect(await read(id)).toMatchObject({ state: 'RUNNING', done: 0, reachedId: null });
    await scheduling.pass(5_000);
    await runAll();
    expect((await takeMoves(scheduling.database)).map(({ jobId }) => jobId)).toEqual(ids);
    expect(await read(id)).toMatchObject({ state: 'DONE', done: 5, skipped: 0 });
  });

  it('of one action does not keep the others waiting', async () => {
    const ids = await failedJobs(1);
    await action({ filter: { ids: ['no uuid'] } });
    const id = await action();
    await expect(run()).rejects.toThrow();
    await runAll();
    expect((await read(id)).state).toBe('DONE');
    expect(await statuses(ids)).toEqual(['PENDING']);
  });
});

it('while one scheduler holds the duty another looks again later', async () => {
  const { id } = await scheduling.jobs.jobIn('FAILED');
  const made = await action();
  await holdDuty(scheduling.database, { name: 'run-actions', holder: randomUUID(), holdMs: 5_000 });
  expect(await run()).toEqual({ inMs: 500 });
  expect(await scheduling.jobs.state(id)).toMatchObject({ status: 'FAILED' });
  await scheduling.pass(5_001);
  await runAll();
  expect(await read(made)).toMatchObject({ state: 'DONE', done: 1 });
});

it('two schedulers at the same step do it once', async () => {
  const ids = await failedJobs(20);
  const id = await action();
  await takeMoves(scheduling.database);
  await Promise.all([run(), run(), run()]);
  await runAll();
  expect((await takeMoves(scheduling.database)).map(({ jobId }) => jobId)).toEqual(ids);
  expect(await read(id)).toMatchObject({ state: 'DONE', done: 20, skipped: 0 });
});
