import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { startOwnRabbitmq } from '../../../../test/support/own-rabbitmq.ts';
import type { OwnServer } from '../../../../test/support/own-server.ts';
import { describeServices } from '../../../../test/support/services.ts';
import type { Delivery } from '../../src/broker/broker.ts';
import { BrokerUnavailable } from '../../src/broker/broker.ts';
import { type Channel, RabbitMqConnection } from '../../src/broker/rabbitmq-connection.ts';
import { RabbitMqConsumer } from '../../src/broker/rabbitmq-consumer.ts';
import { ControlChannel } from '../../src/broker/rabbitmq-control.ts';
import { Topology } from '../../src/broker/rabbitmq-topology.ts';
import { asOperator, openTestRabbitMq } from './test-rabbitmq.ts';

describeServices('A RabbitMQ of its own', ['rabbitmq'], () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await startOwnRabbitmq();
  });
  afterAll(() => server.close());

  it('after kill -9 has its consumers and the messages to be kept, and tells that the others are gone', async () => {
    const { broker } = await openTestRabbitMq(server.url);
    const seen = new Set<string>();
    const consumer = await broker.consume('jobs.created', { prefetch: 10 }, (delivery) => {
      seen.add(delivery.body.toString());
      delivery.ack();
    });
    await consumer.pause();
    await broker.wasWiped();
    const texts = [...Array(500).keys()].map(String);
    await Promise.all(texts.map((text) => broker.publish('jobs.created', Buffer.from(text), { isKept: true })));
    await broker.publish('jobs.created', Buffer.from('a hint'));
    await server.kill9();
    await eventually(() => !broker.health.up);
    await expect(broker.publish('jobs.created', Buffer.from('x'))).rejects.toThrow(BrokerUnavailable);
    await server.restart();
    await eventually(() => broker.health.up, { timeoutMs: 10_000 });
    await consumer.resume();
    await eventually(() => texts.every((text) => seen.has(text)));
    expect(seen.has('a hint')).toBe(false);
    expect(await broker.wasWiped()).toBe(true);
    expect(await broker.wasWiped()).toBe(false);
  });

  it('closes all connections in an orderly stop, and has its consumers again afterwards', async () => {
    const { broker } = await openTestRabbitMq(server.url);
    const seen: string[] = [];
    const consumer = await broker.consume('jobs.created', { prefetch: 10 }, ({ body }) => seen.push(body.toString()));
    await server.stop();
    await eventually(() => !broker.health.up && !consumer.subscribed);
    await server.restart();
    await eventually(() => broker.health.up && consumer.subscribed, { timeoutMs: 10_000 });
    await broker.publish('jobs.created', Buffer.from('a'));
    await eventually(() => seen.includes('a'));
  });

  it('gets its queues back after it was wiped, and the wipe is told', async () => {
    const { broker } = await openTestRabbitMq(server.url);
    expect(await broker.wasWiped()).toBe(true);
    const seen: string[] = [];
    const consumer = await broker.consume('jobs.created', { prefetch: 10 }, (delivery) => {
      seen.push(delivery.body.toString());
      delivery.ack();
    });
    await broker.publish('jobs.completed', Buffer.from('gone'));
    await server.wipe();
    await eventually(() => broker.health.up && consumer.subscribed, { timeoutMs: 15_000 });
    expect(await broker.wasWiped()).toBe(true);
    expect(await broker.wasWiped()).toBe(false);
    await broker.publish('jobs.created', Buffer.from('new'));
    await broker.publish('jobs.completed', Buffer.from('new'));
    await eventually(() => seen.includes('new'));
    expect((await broker.depth('jobs.completed')).ready).toBe(1);
  });

  it('may close the channel of a consumer, which then consumes on another', async () => {
    const connection = await RabbitMqConnection.open({ url: server.url, name: 'closed channel' });
    const control = new ControlChannel(connection);
    onTestFinished(async () => {
      await control.close();
      await connection.close();
    });
    const channels = recordChannels(connection);
    const queue = `jobs.created.${randomUUID()}`;
    const held: Delivery[] = [];
    const consumer = await RabbitMqConsumer.open({
      connection,
      topology: new Topology(control, 'classic', ''),
      queue,
      prefetch: 2,
      onDelivery: (delivery) => held.push(delivery),
      onClosed: () => {},
    });
    await asOperator(server.url, async (channel) => {
      channel.sendToQueue(queue, Buffer.from('a'));
      // Behind it on the same channel: closing the connection at once would lose it.
      await channel.checkQueue(queue);
    });
    await eventually(() => held.length === 1);
    // The tag was never given out, so the broker answers 406 and closes this one channel.
    channels[0]?.ack({ fields: { deliveryTag: 99 } } as Parameters<Channel['ack']>[0]);
    await eventually(() => held.length === 2);
    expect(held[1]?.redelivered).toBe(true);
    held[0]?.ack();
    held[1]?.ack();
    expect(connection.live).toBeDefined();
    await eventually(() => consumer.subscribed);
    await consumer.close();
    const left = await asOperator(server.url, (channel) => channel.checkQueue(queue));
    expect(left).toMatchObject({ messageCount: 0, consumerCount: 0 });
  });
});

describeServices('A RabbitMQ without memory', ['rabbitmq'], () => {
  let server: OwnServer;
  beforeAll(async () => {
    server = await startOwnRabbitmq({ 'vm_memory_high_watermark.absolute': '1MB' });
  });
  afterAll(() => server.close());

  it('is told apart from one that is away: nothing is published, everything else goes on', async () => {
    const { broker } = await openTestRabbitMq(server.url);
    // The broker says that it is blocked only when the first message comes, and takes nothing from then on.
    const first = broker.publish('jobs.created', Buffer.from('a'));
    first.catch(() => {});
    await eventually(() => !broker.health.up);
    expect(broker.health.detail).toContain('blocked by the broker');
    const since = performance.now();
    await expect(broker.publish('jobs.created', Buffer.from('b'))).rejects.toThrow('blocked by the broker');
    expect(performance.now() - since).toBeLessThan(100);
    const consumer = await broker.consume('jobs.created', { prefetch: 1 }, () => {});
    expect(consumer.subscribed).toBe(true);
    expect(await broker.depth('jobs.created')).toEqual({ ready: 0, consumers: 1 });
    await expect(first).rejects.toThrow('no confirm');
  });
});

/** The channels that are opened from now on. */
function recordChannels(connection: RabbitMqConnection): Channel[] {
  const channels: Channel[] = [];
  const { live } = connection;
  if (!live) throw new Error('not connected');
  const create = live.createChannel.bind(live);
  live.createChannel = async (options) => {
    const channel = await create(options);
    channels.push(channel);
    return channel;
  };
  return channels;
}
