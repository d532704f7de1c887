import { describe, expect, it } from 'vitest';
import { exemplarOf } from '../src/exemplar.ts';
import { expose } from '../src/exposition.ts';
import { counter, createRegistry, fromZero, gauge, histogram } from '../src/metrics.ts';

/** As Prometheus 3 asks with exemplars switched on. */
const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;q=0.5,' +
  'text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';

function sampleRegistry() {
  const registry = createRegistry({ application: 'test', processMetrics: false });
  counter(registry, { name: 'jobs_total', help: 'Jobs', labelNames: ['type'] }).inc({ type: 'a' });
  gauge(registry, {
    name: 'depth',
    help: 'Depth',
    collect() {
      this.set(7);
    },
  });
  const seconds = histogram(registry, {
    name: 'seconds',
    help: 'Seconds',
    labelNames: ['uri'],
    buckets: [0.1, 1],
    enableExemplars: true,
  });
  seconds.observe({ labels: { uri: '/jobs' }, value: 0.5, exemplarLabels: exemplarOf(TRACE) });
  seconds.observe({ labels: { uri: '/jobs' }, value: 0.05, exemplarLabels: exemplarOf(undefined) });
  return registry;
}

describe('the metrics of a registry', () => {
  it('are plain text for whoever does not ask for OpenMetrics by name', async () => {
    const registry = sampleRegistry();
    for (const accept of [undefined, '*/*', 'text/html', 'text/plain', 'application/openmetrics-text;version=9.9.9']) {
      const { type, body } = await expose(registry, accept);
      expect([accept, type]).toEqual([accept, 'text/plain; version=0.0.4; charset=utf-8']);
      expect(body).toContain('# TYPE jobs_total counter\njobs_total{type="a",application="test"} 1\n');
      expect(body).not.toContain(TRACE);
      expect(body).not.toContain('# EOF');
    }
  });

  it('are OpenMetrics with exemplars for Prometheus', async () => {
    const { type, body } = await expose(sampleRegistry(), PROMETHEUS);
    expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(body).toContain('# TYPE jobs counter\njobs_total{type="a",application="test"} 1\n');
    expect(body).toContain('depth{application="test"} 7\n');
    expect(body).toMatch(
      new RegExp(`seconds_bucket\\{le="1",application="test",uri="/jobs"\\} 2 # \\{trace_id="${TRACE}"\\} 0.5 \\d`),
    );
    expect(body).toContain('seconds_bucket{le="0.1",application="test",uri="/jobs"} 1\n');
    expect(body.endsWith('# EOF\n')).toBe(true);
  });

  it('are plain text when that is preferred, and never OpenMetrics when that is refused', async () => {
    const registry = sampleRegistry();
    for (const accept of ['application/openmetrics-text;q=0.1,text/plain;q=0.9', 'application/openmetrics-text;q=0']) {
      expect((await expose(registry, accept)).type).toContain('text/plain');
    }
  });

  it('are the same in plain text before and after somebody asked for OpenMetrics', async () => {
    const registry = sampleRegistry();
    const before = await expose(registry, undefined);
    await Promise.all([expose(registry, PROMETHEUS), expose(registry, PROMETHEUS)]);
    expect(await expose(registry, undefined)).toEqual(before);
  });

  it('have a counter with known label values before anything was counted', async () => {
    const registry = createRegistry({ application: 'test', processMetrics: false });
    const logins = counter(registry, { name: 'logins_total', help: 'Logins', labelNames: ['outcome'] });
    fromZero(logins, 'outcome', ['success', 'failure']).inc({ outcome: 'success' });
    const { body } = await expose(registry, undefined);
    expect(body).toContain('logins_total{outcome="success",application="test"} 1\n');
    expect(body).toContain('logins_total{outcome="failure",application="test"} 0\n');
  });
});
