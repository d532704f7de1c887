import { networkInterfaces } from 'node:os';
import { afterEach, describe, expect, it } from 'vitest';
import { type Component, healthOf, upWhen } from '../src/health.ts';
import { silentLogger } from '../src/logger.ts';
import { counter, createRegistry, gauge, histogram } from '../src/metrics.ts';
import { CannotListen, type Probe, startProbe } from '../src/probe.ts';

/** An address of this machine that is not its loopback, as other machines see it. */
const OUTER_ADDRESS = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;

const open: Probe[] = [];
afterEach(() => Promise.all(open.splice(0).map((probe) => probe.close())));

async function probeOf(components: Record<string, () => Component | Promise<Component>> = {}, host = '127.0.0.1') {
  const registry = createRegistry({ application: 'test', processMetrics: false });
  const probe = await startProbe({
    port: 0,
    host,
    registry,
    health: healthOf(components),
    logger: silentLogger,
  });
  open.push(probe);
  const ask = (path: string, method = 'GET') => fetch(`http://127.0.0.1:${probe.port}${path}`, { method });
  const outer = (path: string) => fetch(`http://${OUTER_ADDRESS}:${probe.port}${path}`);
  return { probe, registry, ask, outer };
}

describe('probe', () => {
  it('serves the metrics of its registry, labelled with the application', async () => {
    const { registry, ask } = await probeOf();
    counter(registry, { name: 'jobs_total', help: 'Jobs', labelNames: ['type'] }).inc({ type: 'a' });
    const answer = await ask('/metrics');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/plain; version=0.0.4');
    expect(await answer.text()).toContain('jobs_total{type="a",application="test"} 1');
  });

  it('is up when all components are, with their details for who is on the same machine', async () => {
    const { ask } = await probeOf({ database: () => upWhen(true), broker: async () => upWhen(true, 'connected') });
    const answer = await ask('/health');
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({
      status: 'UP',
      components: { database: { status: 'UP' }, broker: { status: 'UP', details: { detail: 'connected' } } },
    });
  });

  it.skipIf(!OUTER_ADDRESS)('keeps the details from other machines', async () => {
    const { outer } = await probeOf({ broker: () => upWhen(false, 'nothing listens at mq:5672') }, '0.0.0.0');
    const answer = await outer('/health');
    expect(await answer.json()).toEqual({ status: 'DOWN', components: { broker: { status: 'DOWN' } } });
  });

  it('is not ready when one component is down, but alive', async () => {
    const { ask } = await probeOf({ database: () => upWhen(true), broker: () => upWhen(false) });
    expect((await ask('/health')).status).toBe(503);
    const readiness = await ask('/health/readiness');
    expect([readiness.status, await readiness.json()]).toEqual([503, { status: 'DOWN' }]);
    const liveness = await ask('/health/liveness');
    expect([liveness.status, await liveness.json()]).toEqual([200, { status: 'UP' }]);
  });

  it('asks the components once however many ask it', async () => {
    let checks = 0;
    const { ask } = await probeOf({
      slow: async () => {
        checks += 1;
        await new Promise((resolve) => setTimeout(resolve, 50));
        return upWhen(true);
      },
    });
    await Promise.all(Array.from({ length: 20 }, () => ask('/health/readiness')));
    expect(checks).toBeLessThan(5);
    const before = checks;
    await ask('/health/readiness');
    expect(checks).toBe(before + 1);
  });

  it('refuses other paths and methods', async () => {
    const { ask } = await probeOf();
    expect((await ask('/debug')).status).toBe(404);
    expect((await ask('/health/x')).status).toBe(404);
    expect((await ask('/')).status).toBe(404);
    const posted = await ask('/metrics', 'POST');
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('answers HEAD without a body and ignores a query', async () => {
    const { ask } = await probeOf();
    const head = await ask('/health', 'HEAD');
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await ask('/health/liveness?x=1')).status).toBe(200);
  });

  it('says 500 when the metrics cannot be made', async () => {
    const { registry, ask } = await probeOf();
    gauge(registry, { name: 'broken', help: 'x', collect: () => Promise.reject(new Error('no')) });
    expect((await ask('/metrics')).status).toBe(500);
  });

  it('says what to do when its port is taken', async () => {
    const { probe, registry } = await probeOf();
    const second = startProbe({
      port: probe.port,
      host: '127.0.0.1',
      registry,
      health: healthOf({}),
      logger: silentLogger,
    });
    await expect(second).rejects.toThrow(CannotListen);
    await expect(second).rejects.toThrow(`cannot listen on 127.0.0.1:${probe.port}: another process listens there`);
  });

  it('closes at once, also with connections open, and also twice', async () => {
    const { probe, ask } = await probeOf({ never: () => new Promise(() => {}) });
    await ask('/health/liveness');
    const hanging = ask('/health').catch(() => 'cut');
    await new Promise((resolve) => setTimeout(resolve, 20));
    await probe.close();
    await probe.close();
    expect(await hanging).toBe('cut');
    await expect(ask('/health')).rejects.toThrow();
  });
});

describe('health', () => {
  it('takes what throws for down and says why', async () => {
    const report = await healthOf({
      sync: () => {
        throw new Error('broken');
      },
      async: () => Promise.reject(new Error('gone')),
    })();
    expect(report).toEqual({
      status: 'DOWN',
      components: {
        sync: { status: 'DOWN', details: { detail: 'broken' } },
        async: { status: 'DOWN', details: { detail: 'gone' } },
      },
    });
  });

  it('takes what does not answer within 2 s for down', async () => {
    const before = performance.now();
    const report = await healthOf({ silent: () => new Promise(() => {}), quick: () => upWhen(true) })();
    expect(performance.now() - before).toBeLessThan(2_500);
    expect(report.components).toEqual({
      silent: { status: 'DOWN', details: { detail: 'no answer within 2 s' } },
      quick: { status: 'UP' },
    });
  });

  it('is up with nothing to check', async () => {
    expect(await healthOf({})()).toEqual({ status: 'UP', components: {} });
  });
});

describe('metrics', () => {
  it('of the process have no names that Prometheus refuses', async () => {
    const text = await createRegistry({ application: 'test' }).metrics();
    expect(text).toContain('process_cpu_seconds_total{application="test"}');
    expect(text).toContain('nodejs_eventloop_lag_seconds');
    const gauges = [...text.matchAll(/^# TYPE (\S+) gauge$/gm)].map(([, name]) => name);
    expect(gauges.length).toBeGreaterThan(10);
    expect(gauges.filter((name) => name?.endsWith('_total'))).toEqual([]);
  });

  it('declared twice in a registry are the same, in two registries they are not', () => {
    const registry = createRegistry({ application: 'a', processMetrics: false });
    const other = createRegistry({ application: 'b', processMetrics: false });
    const declaration = { name: 'x_seconds', help: 'x' };
    expect(histogram(registry, declaration)).toBe(histogram(registry, declaration));
    expect(histogram(registry, declaration)).not.toBe(histogram(other, declaration));
    expect(counter(registry, { name: 'c_total', help: 'c' })).toBe(counter(registry, { name: 'c_total', help: 'c' }));
    expect(gauge(registry, { name: 'g', help: 'g' })).toBe(gauge(registry, { name: 'g', help: 'g' }));
  });
});
