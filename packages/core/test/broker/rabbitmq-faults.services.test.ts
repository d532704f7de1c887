import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { describeServices } from '../../../../test/support/services.ts';
import { startTcpProxy, type TcpProxy } from '../../../../test/support/tcp-proxy.ts';
import { BrokerMisconfigured, BrokerUnavailable, type Consumer } from '../../src/broker/broker.ts';
import { bodies, hold } from './held-deliveries.ts';
import { asOperator, openTestRabbitMq } from './test-rabbitmq.ts';

describeServices('RabbitMQ in trouble', ['rabbitmq'], ({ rabbitmq }) => {
  describe('what operators do to it', () => {
    it('consumes again after its queue was deleted, and the queue is there again', async () => {
      const { broker, prefix } = await openTestRabbitMq(rabbitmq);
      const seen: string[] = [];
      const consumer = await broker.consume('jobs.created', { prefetch: 10 }, (delivery) => {
        seen.push(delivery.body.toString());
        delivery.ack();
      });
      await asOperator(rabbitmq, (channel) => channel.deleteQueue(`${prefix}jobs.created`));
      await eventually(async () => {
        await broker.publish('jobs.created', Buffer.from('after'));
        return seen.includes('after');
      });
      expect(consumer.subscribed).toBe(true);
    });

    it('believes no confirm of a message that no queue took, and mends the route', async () => {
      const { broker, prefix } = await openTestRabbitMq(rabbitmq);
      await broker.publish('jobs.created', Buffer.from('a'));
      const [queue, exchange] = [`${prefix}jobs.created`, `${prefix}cloudtask.jobs`];
      await asOperator(rabbitmq, (channel) => channel.unbindQueue(queue, exchange, queue));
      const lost = broker.publish('jobs.created', Buffer.from('b'));
      const alsoLost = broker.publish('jobs.created', Buffer.from('c'));
      await expect(lost).rejects.toThrow(BrokerUnavailable);
      await expect(alsoLost).rejects.toThrow('no queue takes it');
      await broker.publish('jobs.created', Buffer.from('d'));
      expect(bodies(await heldOf(broker, 'jobs.created', 2))).toEqual(['a', 'd']);
    });

    it('publishes again after the broker closed its channel, because the exchange was deleted', async () => {
      const { broker, prefix } = await openTestRabbitMq(rabbitmq);
      await broker.publish('jobs.completed', Buffer.from('a'));
      await asOperator(rabbitmq, (channel) => channel.deleteExchange(`${prefix}cloudtask.events`));
      await expect(broker.publish('jobs.completed', Buffer.from('b'))).rejects.toThrow(BrokerUnavailable);
      await eventually(() => broker.publish('jobs.completed', Buffer.from('c')).then(() => true));
      expect(bodies(await heldOf(broker, 'jobs.completed', 2))).toEqual(['a', 'c']);
    });

    it('tells the depth of a queue that was deleted behind its back', async () => {
      const { broker, prefix } = await openTestRabbitMq(rabbitmq);
      await broker.publish('jobs.created', Buffer.from('a'));
      await asOperator(rabbitmq, (channel) => channel.deleteQueue(`${prefix}jobs.created`));
      expect(await broker.depth('jobs.created')).toEqual({ ready: 0, consumers: 0 });
      await broker.publish('jobs.created', Buffer.from('b'));
      expect((await broker.depth('jobs.created')).ready).toBe(1);
    });

    it('notices a lost mark, each time once, also with replicas asking at the same moment', async () => {
      const { broker, prefix } = await openTestRabbitMq(rabbitmq);
      const replica = (await openTestRabbitMq(rabbitmq, { prefix })).broker;
      const ask = () => Promise.all([broker.wasWiped(), replica.wasWiped(), broker.wasWiped()]);
      expect(await ask()).toContain(true);
      expect(await ask()).toEqual([false, false, false]);
      await asOperator(rabbitmq, (channel) => channel.purgeQueue(`${prefix}cloudtask.epoch`));
      expect(await ask()).toContain(true);
      await asOperator(rabbitmq, (channel) => channel.deleteQueue(`${prefix}cloudtask.epoch`));
      expect(await ask()).toContain(true);
      expect(await ask()).toEqual([false, false, false]);
      const mark = await asOperator(rabbitmq, (channel) => channel.checkQueue(`${prefix}cloudtask.epoch`));
      expect(mark.messageCount).toBe(1);
    });

    it('names the queue, both types and the step when a queue has another type', async () => {
      const prefix = `test-${randomUUID()}.`;
      const { broker: quorum } = await openTestRabbitMq(rabbitmq, { prefix, queueType: 'quorum' });
      await quorum.publish('jobs.created', Buffer.from('a'));
      const { broker: classic } = await openTestRabbitMq(rabbitmq, { prefix, queueType: 'classic' });
      const refusal = await classic.consume('jobs.created', { prefetch: 1 }, () => {}).catch((error: unknown) => error);
      expect(refusal).toBeInstanceOf(BrokerMisconfigured);
      expect((refusal as Error).message).toBe(
        `The RabbitMQ queue "${prefix}jobs.created" exists with type quorum, but type classic is configured: drain it, stop the services and delete it (they declare it again), or set CLOUDTASK_QUEUE_TYPE=quorum.`,
      );
      await expect(classic.publish('jobs.created', Buffer.from('b'))).rejects.toThrow(BrokerMisconfigured);
      await expect(classic.depth('jobs.created')).rejects.toThrow(BrokerMisconfigured);
      expect((await quorum.depth('jobs.created')).consumers).toBe(0);
      await classic.publish('jobs.completed', Buffer.from('c'));
    });
  });

  describe('a bad line', () => {
    let proxy: TcpProxy;
    beforeEach(async () => {
      proxy = await startTcpProxy(rabbitmq);
    });
    afterEach(() => proxy.close());

    it('starts while the broker is away, and publishes and consumes when it comes', async () => {
      await proxy.refuse();
      const { broker } = await openTestRabbitMq(rabbitmq, { url: proxy.url });
      expect(broker.health).toMatchObject({ up: false, detail: expect.stringContaining('ECONNREFUSED') });
      const seen: string[] = [];
      const consumer = await broker.consume('jobs.created', { prefetch: 10 }, ({ body }) => seen.push(body.toString()));
      expect(consumer.subscribed).toBe(false);
      await expect(broker.publish('jobs.created', Buffer.from('early'))).rejects.toThrow(BrokerUnavailable);
      await expect(broker.depth('jobs.created')).rejects.toThrow(BrokerUnavailable);
      await expect(broker.wasWiped()).rejects.toThrow(BrokerUnavailable);
      await proxy.pass();
      await eventually(() => consumer.subscribed && broker.health.up);
      await broker.publish('jobs.created', Buffer.from('late'));
      await eventually(() => seen.includes('late'));
      expect(seen).toEqual(['late']);
    });

    it('consumes again after each cut, loses nothing, and settles old deliveries without harm', async () => {
      const { broker } = await openTestRabbitMq(rabbitmq, { url: proxy.url });
      const seen = new Set<string>();
      const held: { requeue(): void }[] = [];
      const consumer = await broker.consume('jobs.created', { prefetch: 5 }, (delivery) => {
        if (held.length < 3) return void held.push(delivery);
        seen.add(delivery.body.toString());
        delivery.ack();
      });
      const confirmed: string[] = [];
      for (let round = 0; round < 3; round += 1) {
        for (let n = 0; n < 20; n += 1) {
          const text = `${round}-${n}`;
          await broker.publish('jobs.created', Buffer.from(text)).then(
            () => confirmed.push(text),
            () => {},
          );
        }
        proxy.cut();
        await eventually(() => !consumer.subscribed && !broker.health.up, { intervalMs: 5 });
        for (const delivery of held) delivery.requeue();
        await eventually(() => consumer.subscribed && broker.health.up);
      }
      await eventually(() => confirmed.every((text) => seen.has(text)));
      expect(confirmed.length).toBe(60);
    });

    it('rejects what was on its way when the line was cut', async () => {
      const { broker } = await openTestRabbitMq(rabbitmq, { url: proxy.url });
      await broker.publish('jobs.created', Buffer.from('a'));
      proxy.drop('down');
      const unknown = broker.publish('jobs.created', Buffer.from('b'));
      proxy.cut();
      await expect(unknown).rejects.toThrow(BrokerUnavailable);
    });

    it('gives up a confirm after five seconds, and the connection after fifteen', async () => {
      const { broker } = await openTestRabbitMq(rabbitmq, { url: proxy.url });
      const consumer = await broker.consume('jobs.created', { prefetch: 1 }, () => {});
      await broker.publish('jobs.created', Buffer.from('a'));
      proxy.drop();
      const since = performance.now();
      await expect(broker.publish('jobs.created', Buffer.from('b'))).rejects.toThrow('no confirm within 5000 ms');
      expect(performance.now() - since).toBeGreaterThan(4_900);
      await expect(broker.depth('jobs.created')).rejects.toThrow(BrokerUnavailable);
      await eventually(() => !broker.health.up && !consumer.subscribed, { timeoutMs: 12_000 });
      expect(performance.now() - since).toBeLessThan(16_000);
      await proxy.pass();
      await eventually(() => broker.health.up && consumer.subscribed, { timeoutMs: 15_000 });
      await broker.publish('jobs.created', Buffer.from('c'));
    });

    it('keeps a consumer paused over a cut', async () => {
      const { broker } = await openTestRabbitMq(rabbitmq, { url: proxy.url });
      const consumer: Consumer = await broker.consume('jobs.created', { prefetch: 1 }, () => {});
      await consumer.pause();
      proxy.cut();
      await eventually(() => !broker.health.up, { intervalMs: 5 });
      await eventually(() => broker.health.up);
      expect(consumer.subscribed).toBe(false);
      await eventually(async () => (await broker.depth('jobs.created')).consumers === 0);
      await consumer.resume();
      expect(consumer.subscribed).toBe(true);
    });
  });

  it('gives back what it holds when it is closed', async () => {
    const { broker, prefix } = await openTestRabbitMq(rabbitmq);
    const other = (await openTestRabbitMq(rabbitmq, { prefix })).broker;
    await broker.publish('jobs.created', Buffer.from('a'));
    await heldOf(broker, 'jobs.created', 1);
    await broker.close();
    await eventually(async () => (await other.depth('jobs.created')).ready === 1);
  });

  it('refuses a wrong URL without repeating it', async () => {
    const open = (url: string) => openTestRabbitMq(rabbitmq, { url });
    for (const url of ['amqp://', 'http://user:secret@host', 'nonsense']) {
      await expect(open(url)).rejects.toThrow('must look like amqp://');
      await expect(open(url)).rejects.not.toThrow('secret');
    }
  });

  it('says why when it may not log in', async () => {
    const url = new URL(rabbitmq);
    url.password = 'wrong';
    const { broker } = await openTestRabbitMq(rabbitmq, { url: url.href });
    onTestFinished(() => broker.close());
    expect(broker.health).toMatchObject({ up: false, detail: expect.stringContaining('ACCESS_REFUSED') });
  });
});

async function heldOf(broker: Parameters<typeof hold>[0], queue: string, count: number) {
  const held = await hold(broker, queue, { prefetch: 100 });
  await eventually(() => held.length === count);
  return held;
}
