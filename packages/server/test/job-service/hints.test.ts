import { randomUUID } from 'node:crypto';
import { type Broker, BrokerUnavailable } from '@cloudtask/core/broker/broker';
import { openMemoryBroker } from '@cloudtask/core/broker/memory';
import { systemClock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { migrate } from '@cloudtask/core/database/migrate';
import { openDatabase } from '@cloudtask/core/database/open-database';
import { silentLogger } from '@cloudtask/core/logger';
import { CREATED_QUEUE, type HintMessage } from '@cloudtask/core/messages';
import { createRegistry } from '@cloudtask/core/metrics';
import { pauseQueue, resumeQueue } from '@cloudtask/core/protocol/queue-pauses';
import { openMemorySignals } from '@cloudtask/core/signals/memory';
import type { JobRequest } from '@cloudtask/core/submission/job-request';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSubmitter } from '../../src/job-service/submit-job.ts';
import { standInWorker } from './worker-stand-in.ts';

let database: Database;
beforeAll(async () => {
  database = await openDatabase({ url: 'pglite:memory', applicationName: 'test', logger: silentLogger });
  await migrate(database);
});
afterAll(() => database.close());

/** A submitter on a queue of its own, with what it told broker and doorbell. */
async function open({ broker = openMemoryBroker(), slots = 20 }: { broker?: Broker; slots?: number } = {}) {
  const queue = `q-${randomUUID()}`;
  const signals = openMemorySignals();
  const registry = createRegistry({ application: 'test', processMetrics: false });
  const rung: string[] = [];
  await signals.listen('backlog', (notes) => rung.push(...notes.map(({ id }) => id)));
  await standInWorker(database, { types: ['test'], queue, slots });
  const submitter = createSubmitter({
    database,
    broker,
    signals,
    clock: systemClock,
    logger: silentLogger,
    registry,
    ageingMs: 600_000,
  });
  await expect.poll(() => submitter.gauge.capacity(queue)?.slots).toBe(slots);
  await submitter.gauge.look();
  const messages: HintMessage[] = [];
  await broker.consume(`${CREATED_QUEUE}.${queue}`, { prefetch: 10_000 }, (delivery) => {
    messages.push(JSON.parse(delivery.body.toString()) as HintMessage);
    delivery.ack();
  });
  const job = (changes: Partial<JobRequest> = {}): JobRequest => ({
    userId: randomUUID(),
    type: 'test',
    queue,
    payload: 'null',
    priority: 5,
    maxAttempts: 5,
    timeoutMs: 1_000,
    ...changes,
  });
  const hintedOf = async (ids: (string | undefined)[]) => {
    const rows = await database.query<{ hinted: boolean }>(
      { name: 'hinted_of', text: 'select hinted from cloudtask.job_states where id = any($1::uuid[]) order by id' },
      [ids],
    );
    return rows.map(({ hinted }) => hinted);
  };
  return { submitter, queue, rung, messages, job, hintedOf, registry };
}

const idsOf = (outcomes: { outcome: string }[]) => outcomes.map((each) => ('id' in each ? String(each.id) : undefined));

describe('a job that a worker can take now', () => {
  it('is hinted right after its commit, with its neighbours', async () => {
    const { submitter, messages, rung, job, hintedOf, registry } = await open();
    const outcomes = await submitter.submitMany(Array.from({ length: 100 }, () => job()));
    await expect
      .poll(() => messages.flatMap(({ jobs }) => jobs.map(({ id }) => id)).sort())
      .toEqual(idsOf(outcomes).sort());
    expect(messages.length).toBeLessThan(20);
    expect(messages.every(({ v, jobs }) => v === 1 && jobs.length <= 20)).toBe(true);
    expect(new Set(await hintedOf(idsOf(outcomes)))).toEqual(new Set([true]));
    expect(rung).toEqual([]);
    await submitter.close();
    expect(await registry.metrics()).toMatch(/rabbitmq_publish_total\{outcome="success",application="test"\} \d+/);
  });
});

describe('the dispatcher gets', () => {
  it('jobs of a type that nobody runs', async () => {
    const { submitter, messages, rung, job, hintedOf, queue } = await open();
    const outcomes = await submitter.submitMany([job({ type: 'other' })]);
    expect(await hintedOf(idsOf(outcomes))).toEqual([false]);
    await expect.poll(() => rung).toEqual([queue]);
    expect(messages).toEqual([]);
    await submitter.close();
  });

  it('jobs behind a backlog, so that nobody overtakes it; not behind jobs that nobody can run', async () => {
    const { submitter, job, hintedOf, queue } = await open();
    await submitter.submitMany([job({ type: 'other' })]);
    await submitter.gauge.look();
    expect(await hintedOf(idsOf(await submitter.submitMany([job()])))).toEqual([true]);
    const waiting = idsOf(await submitter.submitMany([job()]))[0];
    await database.query({ name: 'owe', text: 'update cloudtask.job_states set hinted = false where id = $1' }, [
      waiting,
    ]);
    await submitter.gauge.look();
    expect(submitter.gauge.admit(queue, 'test')).toBe(false);
    expect(await hintedOf(idsOf(await submitter.submitMany([job()])))).toEqual([false]);
    await submitter.close();
  });

  it('jobs of a paused queue, and again none of it soon after it is resumed', async () => {
    const { submitter, job, hintedOf, messages, queue } = await open();
    await pauseQueue(database, { queue, reason: null, forMs: null, pausedBy: 'ada' });
    await submitter.gauge.look();
    const waiting = idsOf(await submitter.submitMany([job(), job()]));
    expect(await hintedOf(waiting)).toEqual([false, false]);
    expect(messages).toEqual([]);
    await database.query({ name: 'give', text: 'update cloudtask.job_states set hinted = true where queue = $1' }, [
      queue,
    ]);
    await resumeQueue(database, queue);
    // No look is asked for: it learns of it by itself.
    await expect.poll(() => submitter.gauge.admit(queue, 'test'), { timeout: 2_000 }).toBe(true);
    await submitter.close();
  });

  it('what is beyond the high-water mark', async () => {
    const { submitter, job, hintedOf } = await open({ slots: 1 });
    const outcomes = await submitter.submitMany(Array.from({ length: 700 }, () => job()));
    const hinted = await hintedOf(idsOf(outcomes));
    // One slot and 1 ms per job: half a second of work, with the 0.05 ms that each costs beside its handler.
    expect(hinted.filter((each) => each)).toHaveLength(477);
    expect(hinted.indexOf(false)).toBe(477);
    await submitter.close();
  });

  it('hints that the broker did not take', async () => {
    const memory = openMemoryBroker();
    const broker: Broker = {
      system: 'memory',
      publish: () => Promise.reject(new BrokerUnavailable('away')),
      consume: (...args) => memory.consume(...args),
      depth: (queue) => memory.depth(queue),
      purge: (queue) => memory.purge(queue),
      wasWiped: () => memory.wasWiped(),
      health: { up: true },
      close: () => memory.close(),
    };
    const { submitter, job, hintedOf, registry } = await open({ broker });
    const ids = idsOf(await submitter.submitMany(Array.from({ length: 50 }, () => job())));
    await submitter.close();
    expect(new Set(await hintedOf(ids))).toEqual(new Set([false]));
    expect(await registry.metrics()).toMatch(/rabbitmq_publish_total\{outcome="failure",application="test"\} \d+/);
  });

  it('jobs whose time is past, while later ones wait for the scheduler', async () => {
    const { submitter, job, hintedOf, rung, queue } = await open();
    const ids = idsOf(
      await submitter.submitMany([job({ runAt: '2020-01-01T00:00:00.000Z' }), job({ delayMs: 60_000 })]),
    );
    expect((await hintedOf(ids)).sort()).toEqual([false, true]);
    await expect.poll(() => rung).toEqual([queue]);
    await submitter.close();
  });
});

describe('a row that the database refuses', () => {
  it('does not fail those beside it', async () => {
    const { submitter, job } = await open();
    const outcomes = await submitter.submitMany([job(), job({ priority: 99 }), job()]);
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['stored', 'refused', 'stored']);
    await submitter.close();
  });
});
