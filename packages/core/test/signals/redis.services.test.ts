import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../../../../test/support/eventually.ts';
import { startOwnRedis } from '../../../../test/support/own-redis.ts';
import { describeServices } from '../../../../test/support/services.ts';
import { startTcpProxy } from '../../../../test/support/tcp-proxy.ts';
import { openRedisSignals, type RedisSignals } from '../../src/signals/redis.ts';
import type { SignalNote } from '../../src/signals/signals.ts';
import { signalsConformance } from './signals.conformance.ts';

describeServices('Redis', ['redis'], ({ redis }) => {
  signalsConformance('Redis', () => openTestSignals(redis));

  it('rings in other processes', async () => {
    const prefix = newPrefix();
    const [here, there] = [await openTestSignals(redis, prefix), await openTestSignals(redis, prefix)];
    const { ids } = await hear(there);
    here.ring('jobs', [{ id: 'a' }]);
    await eventually(() => ids().length === 1);
  });

  it('drops and counts what is not a list of notes', async () => {
    const prefix = newPrefix();
    const signals = await openTestSignals(redis, prefix);
    const { ids } = await hear(signals);
    const stranger = new Redis(redis);
    const malformed = [
      '',
      'nonsense',
      '{}',
      'null',
      '[1]',
      '[null]',
      '[{"id":1}]',
      '[{"id":"a","userId":2}]',
      `"${'x'.repeat(2_000_000)}"`,
    ];
    for (const message of malformed) await stranger.publish(`${prefix}cloudtask:signals:jobs`, message);
    await stranger.publish(`${prefix}cloudtask:signals:jobs`, '[{"id":"good"}]');
    stranger.disconnect();
    await eventually(() => ids().length === 1);
    expect(signals.counts.malformed).toBe(malformed.length);
  });

  it('delivers what was rung just before it is closed', async () => {
    const prefix = newPrefix();
    const [here, there] = [await openTestSignals(redis, prefix), await openTestSignals(redis, prefix)];
    const { ids } = await hear(there);
    here.ring('jobs', [{ id: 'last' }]);
    await here.close();
    await eventually(() => ids().length === 1);
  });

  describe('over a bad line', () => {
    it('starts without Redis, and is subscribed when it comes', async () => {
      const proxy = await startTcpProxy(redis);
      onTestFinished(() => proxy.close());
      await proxy.refuse();
      const signals = await openTestSignals(proxy.url);
      expect(signals.health).toMatchObject({ up: false, detail: expect.stringContaining('ECONNREFUSED') });
      const { ids } = await hear(signals);
      signals.ring('jobs', [{ id: 'early' }, { id: 'too' }]);
      expect(signals.counts.dropped).toBe(2);
      await proxy.pass();
      await ringUntilHeard(signals, ids);
      expect(ids()).not.toContain('early');
    });

    it('is subscribed again after a cut', async () => {
      const proxy = await startTcpProxy(redis);
      onTestFinished(() => proxy.close());
      const signals = await openTestSignals(proxy.url);
      const { ids } = await hear(signals);
      proxy.cut();
      await eventually(() => !signals.health.up, { intervalMs: 1 });
      await ringUntilHeard(signals, ids);
      await eventually(() => signals.health.up);
    });

    it('notices a line that is dead in silence, never waits for it, and comes back', async () => {
      const proxy = await startTcpProxy(redis);
      onTestFinished(() => proxy.close());
      const signals = await openTestSignals(proxy.url);
      const { ids } = await hear(signals);
      proxy.drop();
      for (let n = 0; n < 500; n += 1) {
        signals.ring('jobs', [{ id: String(n) }]);
        await new Promise(setImmediate);
      }
      expect(signals.counts.dropped).toBeGreaterThanOrEqual(300);
      await eventually(() => !signals.health.up, { timeoutMs: 12_000 });
      await proxy.pass();
      await ringUntilHeard(signals, ids);
    });
  });

  it('goes on after Redis was killed and came back empty', async () => {
    const server = await startOwnRedis();
    onTestFinished(() => server.close());
    const signals = await openTestSignals(server.url);
    const { ids } = await hear(signals);
    await server.kill9();
    await eventually(() => !signals.health.up);
    signals.ring('jobs', [{ id: 'lost' }]);
    await server.restart();
    await ringUntilHeard(signals, ids);
    expect(ids()).not.toContain('lost');
  });
});

const newPrefix = () => `test-${randomUUID()}:`;

async function openTestSignals(url: string, prefix = newPrefix()): Promise<RedisSignals> {
  const signals = await openRedisSignals({ url, prefix });
  onTestFinished(() => signals.close());
  return signals;
}

async function hear(signals: RedisSignals) {
  const heard: SignalNote[] = [];
  await signals.listen('jobs', (notes) => heard.push(...notes));
  return { ids: () => heard.map(({ id }) => id) };
}

/** A note may be lost while the connections come back, one before the other. */
async function ringUntilHeard(signals: RedisSignals, ids: () => string[]): Promise<void> {
  await eventually(
    () => {
      signals.ring('jobs', [{ id: 'again' }]);
      return ids().includes('again');
    },
    { intervalMs: 100, timeoutMs: 20_000 },
  );
}
