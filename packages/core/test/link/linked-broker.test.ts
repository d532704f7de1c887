import { afterAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { BrokerUnavailable } from '../../src/broker/broker.ts';
import { brokerConformance } from '../broker/broker.conformance.ts';
import { hold } from '../broker/held-deliveries.ts';
import { Serving } from './serving.ts';

const serving = new Serving();
afterAll(() => serving.close());

brokerConformance('the broker of another process', async () => (await serving.open({ database: false })).broker);

describe('a broker of another process', () => {
  it('gets back what was held, and has no consumer of ours any more, when the link ends', async () => {
    const { broker, session } = await serving.open({ database: true });
    const held = await hold(broker, 'jobs.created', { prefetch: 2 });
    for (const text of ['a', 'b', 'c']) await broker.publish('jobs.created', Buffer.from(text));
    await eventually(() => held.length === 2);
    const { depth } = await serving.endAndLook(session, 'select 1');
    expect(depth).toEqual({ ready: 3, consumers: 0 });
  });

  it('is away when that process dies, and takes settlements of what it had without a word', async () => {
    const other = new Serving();
    const { broker } = await other.open({ database: false });
    const held = await hold(broker, 'jobs.created', { prefetch: 1 });
    const consumer = await broker.consume('jobs.started', { prefetch: 1 }, () => {});
    await broker.publish('jobs.created', Buffer.from('a'));
    await eventually(() => held.length === 1);
    await other.close();
    await expect(broker.publish('jobs.created', Buffer.from('b'))).rejects.toBeInstanceOf(BrokerUnavailable);
    await expect(broker.depth('jobs.created')).rejects.toBeInstanceOf(BrokerUnavailable);
    expect(broker.health.up).toBe(false);
    expect(consumer.subscribed).toBe(false);
    held[0]?.ack();
    await consumer.pause();
    await consumer.close();
    await broker.close();
  });
});
