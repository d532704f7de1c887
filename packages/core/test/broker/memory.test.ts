import { setImmediate, setTimeout } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { openMemoryBroker } from '../../src/broker/memory.ts';
import { brokerConformance } from './broker.conformance.ts';
import { bodies, hold } from './held-deliveries.ts';

brokerConformance('the in-process adapter', async () => openMemoryBroker());

describe('the in-process broker', () => {
  it('never calls a consumer inside publish', async () => {
    const broker = openMemoryBroker();
    const held = await hold(broker, 'jobs.created', { prefetch: 10 });
    const publishing = broker.publish('jobs.created', Buffer.from('a'));
    expect(held).toHaveLength(0);
    await publishing;
    await setImmediate();
    expect(held).toHaveLength(1);
    await broker.close();
  });

  it('lets timers run while consumers publish and settle without end', async () => {
    const broker = openMemoryBroker();
    let rounds = 0;
    await broker.consume('jobs.created', { prefetch: 1 }, (delivery) => {
      rounds += 1;
      void broker.publish('jobs.created', delivery.body);
      delivery.ack();
    });
    await broker.publish('jobs.created', Buffer.from('again'));
    await setTimeout(20);
    expect(rounds).toBeGreaterThan(10);
    await broker.close();
  });

  it('puts back what several consumers give back in the order it had', async () => {
    const broker = openMemoryBroker();
    const held = await hold(broker, 'jobs.created', { prefetch: 4 });
    for (const text of 'abcdef') await broker.publish('jobs.created', Buffer.from(text));
    await eventually(() => held.length === 4);
    for (const index of [2, 0, 3, 1]) held[index]?.requeue();
    await eventually(() => held.length === 8);
    expect(bodies(held.slice(4))).toEqual(['a', 'b', 'c', 'd']);
    await broker.close();
  });

  it('keeps order over a long backlog', async () => {
    const broker = openMemoryBroker();
    const texts = [...Array(5_000).keys()].map(String);
    for (const text of texts) await broker.publish('jobs.created', Buffer.from(text));
    const seen: string[] = [];
    await broker.consume('jobs.created', { prefetch: 7 }, (delivery) => {
      seen.push(delivery.body.toString());
      setTimeout(0).then(() => delivery.ack());
    });
    await eventually(() => seen.length === texts.length);
    expect(seen).toEqual(texts);
    await broker.close();
  });
});
