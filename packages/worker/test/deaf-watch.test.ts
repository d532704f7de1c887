import type { Broker } from '@cloudtask/core/broker/broker';
import { openMemoryBroker } from '@cloudtask/core/broker/memory';
import { silentLogger } from '@cloudtask/core/logger';
import { createdQueue } from '@cloudtask/core/messages';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../test/support/eventually.ts';
import { DeafWatch } from '../src/deaf-watch.ts';

/** Invented times count from here; the watch itself begins at the time that it really is. */
const START = 1_000_000_000;
const DEAF_AFTER_MS = 15;

describe('the watch over a worker that may be deaf', () => {
  let broker: Broker;
  let looks: string[];
  let rebuilt: number;
  let watch: DeafWatch;

  beforeEach(() => {
    broker = openMemoryBroker();
    looks = [];
    rebuilt = 0;
    watch = new DeafWatch({
      broker: counting(broker),
      clock: { now: () => 42 },
      logger: silentLogger,
      queues: ['default', 'mail'],
      deafAfterMs: DEAF_AFTER_MS,
      rebuild: async () => {
        rebuilt += 1;
      },
    });
    for (const queue of ['default', 'mail']) watch.heard(queue, START);
  });
  afterEach(() => broker.close());

  /** The real one; it notes who asks for the depth of a queue, which is what a look is. */
  function counting(real: Broker): Broker {
    return Object.create(real, {
      depth: {
        value(queue: string) {
          looks.push(queue);
          return real.depth(queue);
        },
      },
    }) as Broker;
  }
  const wait = (queue: string) => broker.publish(createdQueue(queue), Buffer.from('{}'));
  /** What a look at empty queues needs to come to its end. */
  const lookEnds = () => new Promise(setImmediate);

  it('looks at no queue that was heard within the time, and then only at the silent one', async () => {
    watch.tick(START + DEAF_AFTER_MS - 1, true);
    watch.heard('mail', START + DEAF_AFTER_MS);
    expect(looks).toEqual([]);
    watch.tick(START + DEAF_AFTER_MS, true);
    await lookEnds();
    expect(looks).toEqual(['jobs.created']);
  });

  it('takes nobody for deaf while nothing waits, however often it looks', async () => {
    for (let n = 1; n <= 5; n += 1) {
      watch.tick(START + n * DEAF_AFTER_MS, true);
      await lookEnds();
      expect(looks).toHaveLength(2 * n);
    }
    expect([watch.deafSince, rebuilt]).toEqual([null, 0]);
  });

  it('does not look while the slots are taken, though messages wait, and begins anew when one is free', async () => {
    await wait('default');
    for (let ms = 0; ms <= 100 * DEAF_AFTER_MS; ms += 1) watch.tick(START + ms, false);
    const free = START + 100 * DEAF_AFTER_MS;
    watch.tick(free + DEAF_AFTER_MS - 1, true);
    await lookEnds();
    expect([looks, watch.deafSince, rebuilt]).toEqual([[], null, 0]);
    watch.tick(free + DEAF_AFTER_MS, true);
    expect(looks).toEqual(['jobs.created']);
    await eventually(() => rebuilt === 1);
    expect(watch.deafSince).toEqual(new Date(42));
  });

  it('believes a queue that delivers again, and one that others have emptied', async () => {
    await Promise.all([wait('default'), wait('mail')]);
    watch.tick(START + DEAF_AFTER_MS, true);
    await eventually(() => rebuilt === 1);
    expect(watch.deafSince).not.toBeNull();
    watch.heard('mail', START + 3 * DEAF_AFTER_MS);
    expect(watch.deafSince).not.toBeNull();
    await broker.purge(createdQueue('default'));
    watch.tick(START + 3 * DEAF_AFTER_MS, true);
    await eventually(() => watch.deafSince === null);
  });

  it('takes a queue for heard whose delivery comes while it looks', async () => {
    await wait('default');
    watch.tick(START + DEAF_AFTER_MS, true);
    watch.heard('default', START + DEAF_AFTER_MS);
    await eventually(() => looks.includes('jobs.created.mail'));
    await lookEnds();
    expect([watch.deafSince, rebuilt]).toEqual([null, 0]);
  });
});
