import { type Broker, BrokerUnavailable } from '@cloudtask/core/broker/broker';
import { openMemoryBroker } from '@cloudtask/core/broker/memory';
import { DatabaseUnavailable } from '@cloudtask/core/database/database';
import { COMPLETED_QUEUE } from '@cloudtask/core/messages';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { withQuery } from '../../../test/support/with-query.ts';
import { oneDatabase } from './support/one-database.ts';
import { TestPlatform } from './support/test-platform.ts';

// The real adapters, broken on purpose.

describe('a worker in an outage', () => {
  const database = oneDatabase();
  let platform: TestPlatform;
  beforeEach(async () => {
    platform = await TestPlatform.on(database());
  });
  afterEach(() => platform.leave());

  it('finds out what it claimed when the answer was lost', async () => {
    await platform.settleReports();
    let lost = 0;
    const database = withQuery(platform.parts.database, async (name, query) => {
      const rows = await query();
      if (name === 'claim_jobs' && lost++ === 0) throw new DatabaseUnavailable('cut after the commit');
      return rows;
    });
    let runs = 0;
    await platform.worker({ count: () => ++runs }, {}, { database });
    const ids = await platform.submitMany('count', [1, 2, 3]);
    for (const id of ids) expect(await platform.finished(id)).toMatchObject({ status: 'COMPLETED', fence: 1 });
    expect(runs).toBe(3);
  });

  it('does not take its last job for claimed before it has the answer', async () => {
    const { promise: answered, resolve: answer } = Promise.withResolvers<void>();
    onTestFinished(() => answer());
    const database = withQuery(platform.parts.database, async (name, query) => {
      if (name === 'claim_jobs') await answered;
      return await query();
    });
    const quota = { left: 1 };
    const worker = await platform.worker({ ok: () => 1 }, {}, { database, quota });
    await platform.hint('ok', [crypto.randomUUID()]);
    await eventually(() => quota.left === 0);
    expect(worker.isSpent).toBe(false);
    answer();
    await eventually(() => quota.left === 1);
  });

  it('claims what it could not claim, when the database is back', async () => {
    await platform.settleReports();
    let refused = 0;
    const database = withQuery(platform.parts.database, async (name, query) => {
      if (/^claim/.test(name) && refused++ < 3) throw new DatabaseUnavailable('away');
      return await query();
    });
    await platform.worker({ ok: () => 1 }, {}, { database });
    const id = await platform.submit('ok');
    expect(await platform.finished(id)).toMatchObject({ status: 'COMPLETED', fence: 1 });
    expect(refused).toBeGreaterThanOrEqual(3);
  });

  it('settles outcomes itself, and rings, when the broker does not take them', async () => {
    const broker = brokenFor(COMPLETED_QUEUE, platform.parts.broker);
    const rung: string[] = [];
    await platform.parts.signals.listen('jobs', (notes) => rung.push(...notes.map(({ id }) => id)));
    await platform.worker({ ok: () => 1 }, {}, { broker });
    const id = await platform.submit('ok');
    expect(await platform.finished(id, 1_000)).toMatchObject({ status: 'COMPLETED', result: 1 });
    await eventually(() => rung.includes(id));
  });

  it('publishes again what was lost on the way, and runs nothing twice', async () => {
    let runs = 0;
    await platform.worker({ count: () => ++runs });
    const id = await platform.submit('count');
    await eventually(async () => (await platform.parts.broker.depth(COMPLETED_QUEUE)).ready === 1);
    await platform.parts.broker.purge(COMPLETED_QUEUE);
    await platform.settleReports();
    expect(await platform.finished(id, 4_500)).toMatchObject({ status: 'COMPLETED', fence: 1 });
    expect(runs).toBe(1);
  });

  it('fails a job whose result the database refuses, and settles its batch-mates', async () => {
    const broker = brokenFor(COMPLETED_QUEUE, openMemoryBroker());
    // What the worker cleans cannot reach the statement, so the refusal is made here.
    const database = withQuery(platform.parts.database, async (name, query, values) => {
      if (name.startsWith('settle') && JSON.stringify(values).includes('indigestible')) {
        throw Object.assign(new Error('refused'), { code: '22P05' });
      }
      return await query();
    });
    await platform.worker({ say: (text) => text }, {}, { broker, database });
    const own = { ...platform.parts, broker };
    const ids = await platform.submitMany('say', ['fine', 'indigestible', 'good']);
    const message = { v: 1, jobs: ids.map((id) => ({ id, type: 'say' })) };
    await own.broker.publish('jobs.created', Buffer.from(JSON.stringify(message)));
    expect(await platform.finished(ids[0] as string)).toMatchObject({ status: 'COMPLETED' });
    expect(await platform.finished(ids[1] as string)).toMatchObject({ reason: 'RESULT_NOT_STORABLE' });
    expect(await platform.finished(ids[2] as string)).toMatchObject({ status: 'COMPLETED' });
  });

  it('leaves its claims to be found when it stops and cannot settle', async () => {
    let isAway = false;
    const database = withQuery(platform.parts.database, async (name, query) => {
      if (isAway && name.startsWith('settle')) throw new DatabaseUnavailable('away');
      return await query();
    });
    const worker = await platform.worker({ forever: () => new Promise(() => {}) }, {}, { database });
    const id = await platform.submit('forever');
    await platform.jobWhen(id, ({ status }) => status === 'RUNNING');
    isAway = true;
    await worker.close({ graceMs: 0 });
    isAway = false;
    const [row] = await platform.query<{ state: string; claims: number }>(
      `select state, (select count(*) from cloudtask.claims c where c.worker_id = w.id) as claims from cloudtask.workers w`,
    );
    expect(row).toEqual({ state: 'stopping', claims: 1 });
  }, 20_000);
});

function brokenFor(queue: string, broker: Broker): Broker {
  return new Proxy(broker, {
    get(target, property) {
      if (property === 'publish') {
        return (to: string, body: Buffer) =>
          to === queue ? Promise.reject(new BrokerUnavailable('blocked')) : target.publish(to, body);
      }
      const value: unknown = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
