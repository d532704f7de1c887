import type { Broker, ConsumeOptions, Delivery } from '@cloudtask/core/broker/broker';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { oneDatabase } from './support/one-database.ts';
import { TestPlatform } from './support/test-platform.ts';

// The real broker; what its consumers of a queue would deliver is lost on the way while the test says so.
// When exactly a worker looks is in deaf-watch.test.ts.

describe('a worker whose consumers look alive and hear nothing', () => {
  const database = oneDatabase();
  let platform: TestPlatform;
  beforeEach(async () => {
    platform = await TestPlatform.on(database());
    await platform.settleReports();
  });
  afterEach(() => platform.leave());

  /** Consumers opened while `isDeaf()` stay deaf: the messages stay ready, as for a subscription that is gone. */
  function deafening(broker: Broker, isDeaf: () => boolean, depth = (queue: string) => broker.depth(queue)) {
    let opened = 0;
    return Object.create(broker, {
      health: { get: () => broker.health },
      depth: { value: depth },
      publish: { value: (queue: string, body: Buffer) => broker.publish(queue, body) },
      consume: {
        value(queue: string, options: ConsumeOptions, onDelivery: (delivery: Delivery) => void) {
          opened += 1;
          return broker.consume(isDeaf() ? `nothing.${opened}` : queue, options, onDelivery);
        },
      },
    }) as Broker;
  }
  const deafSince = async () =>
    (await platform.query<{ deaf_since: Date | null }>('select deaf_since from cloudtask.workers'))[0]?.deaf_since;

  it('notices, says so, and gets new ones', async () => {
    let isDeaf = true;
    const broker = deafening(platform.parts.broker, () => isDeaf);
    const worker = await platform.worker({ ok: () => 1 }, {}, { broker, deafAfterMs: 300 });
    expect(worker.isConsuming).toBe(true);
    const id = await platform.submit('ok');
    await eventually(() => !worker.isConsuming);
    await eventually(deafSince);
    expect((await platform.job(id)).status).toBe('PENDING');
    isDeaf = false;
    expect(await platform.finished(id)).toMatchObject({ status: 'COMPLETED', fence: 1 });
    await eventually(() => worker.isConsuming);
    await eventually(async () => (await deafSince()) === null);
  });

  it('is not taken for deaf while its slots are taken, when one with free slots is', async () => {
    const { promise, resolve } = Promise.withResolvers<number>();
    const { broker } = platform.parts;
    let looks = 0;
    const depth = (queue: string) => {
      looks += 1;
      return broker.depth(queue);
    };
    const watched = deafening(broker, () => false, depth);
    const full = await platform.worker(
      { long: () => promise },
      { concurrency: 1 },
      { broker: watched, deafAfterMs: 90 },
    );
    await platform.submit('long');
    await eventually(() => full.busy === 1);
    const next = await platform.submit('long');
    await eventually(async () => (await broker.depth('jobs.created')).ready === 1);
    looks = 0;
    // Silent for a shorter time than the full one.
    const deaf = await platform.worker({}, {}, { broker: deafening(broker, () => true), deafAfterMs: 90 });
    await eventually(() => !deaf.isConsuming);
    expect([looks, full.isConsuming]).toEqual([0, true]);
    resolve(1);
    await platform.finished(next);
  });

  it('is good again when others have taken what waited', async () => {
    const broker = deafening(platform.parts.broker, () => true);
    const worker = await platform.worker({ ok: () => 1 }, {}, { broker, deafAfterMs: 150 });
    await platform.submit('ok');
    await eventually(() => !worker.isConsuming);
    await platform.parts.broker.purge('jobs.created');
    await eventually(() => worker.isConsuming);
  });

  it('stops while it is deaf as at any other time', async () => {
    const broker = deafening(platform.parts.broker, () => true);
    const worker = await platform.worker({ ok: () => 1 }, {}, { broker, deafAfterMs: 100 });
    await platform.submit('ok');
    await eventually(() => !worker.isConsuming);
    await worker.close();
    const rows = await platform.query<{ state: string }>('select state from cloudtask.workers');
    expect(rows).toEqual([{ state: 'stopped' }]);
  });
});
