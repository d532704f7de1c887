import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { type Broker, BrokerUnavailable, type Delivery, type QueueDepth } from '../../src/broker/broker.ts';
import { bodies, hold, settled } from './held-deliveries.ts';

const TRACEPARENT = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';

/** What every adapter of the broker port does, whatever carries the messages. `open` gives one with nothing in it. */
export function brokerConformance(name: string, open: () => Promise<Broker>): void {
  describe(`${name} as a broker`, () => {
    let broker: Broker;
    beforeEach(async () => {
      broker = await open();
    });
    afterEach(() => broker.close());

    const publish = (queue: string, ...texts: string[]) =>
      Promise.all(texts.map((text) => broker.publish(queue, Buffer.from(text))));

    // The counts of a quorum queue follow a moment later.
    const depthBecomes = (queue: string, expected: Partial<QueueDepth>) =>
      eventually(async () => {
        expect(await broker.depth(queue)).toMatchObject(expected);
        return true;
      });

    it('is up', () => {
      expect(broker.health).toEqual({ up: true });
    });

    it('delivers bodies byte for byte', async () => {
      const sent = [Buffer.alloc(0), Buffer.from([...Array(256).keys()]), Buffer.alloc(1024 * 1024, 'x')];
      const held = await hold(broker, 'jobs.created', { prefetch: 10 });
      for (const body of sent) await broker.publish('jobs.created', body);
      await eventually(() => held.length === 3);
      expect(held.every(({ body }, index) => body.equals(sent[index] ?? Buffer.of()))).toBe(true);
      expect(held.map(({ redelivered }) => redelivered)).toEqual([false, false, false]);
    });

    it('carries the trace context that a message was published with, also when it comes again', async () => {
      await broker.publish('jobs.created', Buffer.from('traced'), { traceparent: TRACEPARENT });
      await publish('jobs.created', 'plain');
      const held = await hold(broker, 'jobs.created', { prefetch: 10 });
      await eventually(() => held.length === 2);
      expect(held.map(({ traceparent }) => traceparent)).toEqual([TRACEPARENT, undefined]);
      held[0]?.requeue();
      await eventually(() => held.length === 3);
      expect(held[2]).toMatchObject({ traceparent: TRACEPARENT, redelivered: true });
    });

    it('keeps what was published before anybody consumed, in order', async () => {
      await publish('jobs.completed', 'a', 'b', 'c');
      const held = await hold(broker, 'jobs.completed', { prefetch: 10 });
      await eventually(() => held.length === 3);
      expect(bodies(held)).toEqual(['a', 'b', 'c']);
    });

    it('keeps queues apart', async () => {
      const held = await hold(broker, 'jobs.created.mail', { prefetch: 10 });
      await publish('jobs.created', 'default');
      await publish('jobs.created.mail', 'mail');
      await eventually(() => held.length > 0);
      expect(bodies(held)).toEqual(['mail']);
      await depthBecomes('jobs.created', { ready: 1, consumers: 0 });
    });

    it('tells ready messages and consumers, and springs a queue into being for it', async () => {
      await depthBecomes('jobs.started', { ready: 0, consumers: 0 });
      await publish('jobs.started', 'a', 'b', 'c');
      await depthBecomes('jobs.started', { ready: 3, consumers: 0 });
      const held = await hold(broker, 'jobs.started', { prefetch: 2 });
      await eventually(() => held.length === 2);
      await depthBecomes('jobs.started', { ready: 1, consumers: 1 });
    });

    it('never lets a consumer hold more than its prefetch', async () => {
      const held = await hold(broker, 'jobs.created', { prefetch: 2 });
      await publish('jobs.created', 'a', 'b', 'c', 'd');
      await eventually(async () => (await broker.depth('jobs.created')).ready === 2 && held.length === 2);
      held[0]?.ack();
      await eventually(() => held.length === 3);
      expect(bodies(held)).toEqual(['a', 'b', 'c']);
      await depthBecomes('jobs.created', { ready: 1 });
    });

    it('delivers what was given back again, before what is behind it, and says so', async () => {
      const held = await hold(broker, 'jobs.created', { prefetch: 2 });
      await publish('jobs.created', 'a', 'b', 'c');
      await eventually(() => held.length === 2);
      held[0]?.requeue();
      await eventually(() => held.length === 3);
      expect(bodies(held)).toEqual(['a', 'b', 'a']);
      expect(held.map(({ redelivered }) => redelivered)).toEqual([false, false, true]);
    });

    it('settles a delivery once: the first settlement counts', async () => {
      const held = await hold(broker, 'jobs.created', { prefetch: 1 });
      await publish('jobs.created', 'a', 'b');
      await eventually(() => held.length === 1);
      held[0]?.ack();
      held[0]?.ack();
      held[0]?.requeue();
      await eventually(() => held.length === 2);
      expect(bodies(held)).toEqual(['a', 'b']);
      held[1]?.requeue();
      held[1]?.ack();
      await eventually(() => held.length === 3);
      expect(bodies(held)).toEqual(['a', 'b', 'b']);
    });

    it('shares a queue between its consumers', async () => {
      const [one, two] = [
        await hold(broker, 'jobs.created', { prefetch: 5 }),
        await hold(broker, 'jobs.created', { prefetch: 5 }),
      ];
      await publish('jobs.created', ...'abcdefghij');
      await eventually(() => one.length + two.length === 10);
      expect([one.length, two.length]).toEqual([5, 5]);
      expect([...bodies(one), ...bodies(two)].sort().join('')).toBe('abcdefghij');
    });

    it('passes a full consumer by', async () => {
      const busy = await hold(broker, 'jobs.created', { prefetch: 1 });
      await publish('jobs.created', 'slow');
      await eventually(() => busy.length === 1);
      const free = await settled(broker, 'jobs.created', { prefetch: 1 });
      await publish('jobs.created', 'a', 'b', 'c');
      await eventually(() => free.length === 3);
      expect(bodies(busy)).toEqual(['slow']);
    });

    it('delivers nothing to a paused consumer, which keeps what it holds', async () => {
      const held: Delivery[] = [];
      const consumer = await broker.consume('jobs.created', { prefetch: 1 }, (delivery) => held.push(delivery));
      await publish('jobs.created', 'a', 'b', 'c');
      await eventually(() => held.length === 1);
      expect(consumer.subscribed).toBe(true);
      await consumer.pause();
      expect(consumer.subscribed).toBe(false);
      await depthBecomes('jobs.created', { ready: 2 });
      held[0]?.ack();
      // RabbitMQ counts the consumer of a quorum queue until it holds nothing.
      await depthBecomes('jobs.created', { ready: 2, consumers: 0 });
      const other = await settled(broker, 'jobs.created', { prefetch: 1 });
      await eventually(() => other.length === 2);
      expect(bodies(held)).toEqual(['a']);
      expect(bodies(other)).toEqual(['b', 'c']);
    });

    it('gives back what a paused consumer held', async () => {
      const held: Delivery[] = [];
      const consumer = await broker.consume('jobs.created', { prefetch: 2 }, (delivery) => held.push(delivery));
      await publish('jobs.created', 'a', 'b', 'c');
      await eventually(() => held.length === 2);
      await consumer.pause();
      for (const delivery of held) delivery.requeue();
      const other = await settled(broker, 'jobs.created', { prefetch: 10 });
      await eventually(() => other.length === 3);
      expect(bodies(other)).toEqual(['a', 'b', 'c']);
    });

    it('resumes a paused consumer, with another prefetch when told', async () => {
      const held: Delivery[] = [];
      const consumer = await broker.consume('jobs.created', { prefetch: 1 }, (delivery) => held.push(delivery));
      await consumer.pause();
      await consumer.pause();
      await publish('jobs.created', 'a', 'b', 'c', 'd');
      await consumer.resume({ prefetch: 3 });
      expect(consumer.subscribed).toBe(true);
      await eventually(async () => held.length === 3 && (await broker.depth('jobs.created')).ready === 1);
      await consumer.pause();
      await consumer.resume();
      await eventually(() => held.length === 4);
      for (const delivery of held) delivery.ack();
      await consumer.close();
      await depthBecomes('jobs.created', { ready: 0, consumers: 0 });
    });

    it('ends in the last state asked for when it is paused and resumed in a hurry', async () => {
      const held: Delivery[] = [];
      const consumer = await broker.consume('jobs.created', { prefetch: 5 }, (delivery) => held.push(delivery));
      await Promise.all([consumer.pause(), consumer.resume(), consumer.pause(), consumer.resume({ prefetch: 2 })]);
      expect(consumer.subscribed).toBe(true);
      await depthBecomes('jobs.created', { consumers: 1 });
      await Promise.all([consumer.resume(), consumer.pause()]);
      expect(consumer.subscribed).toBe(false);
      await depthBecomes('jobs.created', { consumers: 0 });
    });

    it('gives back all that a closed consumer holds, and settling it then changes nothing', async () => {
      const held: Delivery[] = [];
      const consumer = await broker.consume('jobs.created', { prefetch: 2 }, (delivery) => held.push(delivery));
      await publish('jobs.created', 'a', 'b', 'c');
      await eventually(() => held.length === 2);
      await consumer.close();
      await consumer.close();
      expect(consumer.subscribed).toBe(false);
      await depthBecomes('jobs.created', { ready: 3 });
      held[0]?.ack();
      held[1]?.requeue();
      const other = await settled(broker, 'jobs.created', { prefetch: 10 });
      await eventually(() => other.length === 3);
      expect(bodies(other)).toEqual(['a', 'b', 'c']);
      expect(bodies(held)).toEqual(['a', 'b']);
    });

    it('drops a message whose consumer throws, and goes on', async () => {
      const seen: string[] = [];
      await broker.consume('jobs.created', { prefetch: 1 }, (delivery) => {
        seen.push(delivery.body.toString());
        if (seen.length === 1) throw new Error('a mistake of the consumer');
        delivery.ack();
      });
      await publish('jobs.created', 'a', 'b');
      await eventually(() => seen.length === 2);
      expect(seen).toEqual(['a', 'b']);
      await depthBecomes('jobs.created', { ready: 0 });
    });

    it('removes all ready messages, but not those being held', async () => {
      const held = await hold(broker, 'jobs.created', { prefetch: 1 });
      await publish('jobs.created', 'a', 'b', 'c');
      await eventually(() => held.length === 1);
      await broker.purge('jobs.created');
      await depthBecomes('jobs.created', { ready: 0 });
      held[0]?.requeue();
      await eventually(() => held.length === 2);
      expect(bodies(held)).toEqual(['a', 'a']);
    });

    it('delivers thousands published at once, each once', async () => {
      const seen = new Map<string, number>();
      await broker.consume('jobs.created', { prefetch: 100 }, (delivery) => {
        const text = delivery.body.toString();
        seen.set(text, (seen.get(text) ?? 0) + 1);
        delivery.ack();
      });
      await publish('jobs.created', ...[...Array(5_000).keys()].map(String));
      await eventually(() => seen.size === 5_000);
      expect([...seen.values()].every((times) => times === 1)).toBe(true);
      await depthBecomes('jobs.created', { ready: 0 });
    });

    it('says once that it is new', async () => {
      expect(await broker.wasWiped()).toBe(true);
      expect(await broker.wasWiped()).toBe(false);
      await publish('jobs.created', 'a');
      expect(await broker.wasWiped()).toBe(false);
    });

    it('refuses everything once closed, and closes twice', async () => {
      const held = await hold(broker, 'jobs.created', { prefetch: 1 });
      await publish('jobs.created', 'a');
      await eventually(() => held.length === 1);
      await broker.close();
      await broker.close();
      held[0]?.ack();
      expect(broker.health.up).toBe(false);
      await expect(broker.publish('jobs.created', Buffer.from('b'))).rejects.toThrow(BrokerUnavailable);
      await expect(broker.depth('jobs.created')).rejects.toThrow(BrokerUnavailable);
      await expect(broker.purge('jobs.created')).rejects.toThrow(BrokerUnavailable);
      await expect(broker.wasWiped()).rejects.toThrow(BrokerUnavailable);
      await expect(broker.consume('jobs.created', { prefetch: 1 }, () => {})).rejects.toThrow(BrokerUnavailable);
    });
  });
}
