import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { expose } from '../../packages/core/src/exposition.ts';
import { exportedMetrics, serviceRegistries } from '../../scripts/exported-metrics.ts';
import { withMetricsTable } from '../../scripts/metrics-table.ts';
import { describePromtool } from './promtool.ts';

const page = readFileSync(new URL('../../docs/metrics.md', import.meta.url), 'utf8');

it('every metric of every service is in the documentation', () => {
  expect(page).toBe(withMetricsTable(page));
  for (const { name } of exportedMetrics()) expect(page).toContain(`| \`${name}\` |`);
});

it('a metric that several services export has one meaning: the same kind and the same labels', () => {
  const kinds = new Map<string, string>();
  for (const [service, registry] of serviceRegistries()) {
    for (const metric of registry.getMetricsAsArray()) {
      const {
        name,
        type,
        labelNames = [],
      } = metric as unknown as { name: string; type: string; labelNames?: string[] };
      const kind = `${type} by ${labelNames.join()}`;
      expect([service, name, kinds.get(name) ?? kind]).toEqual([service, name, kind]);
      kinds.set(name, kind);
    }
  }
});

describePromtool('the metrics', (promtool) => {
  it.each([...serviceRegistries({ processMetrics: true })])(
    'of the %s are named as Prometheus likes it',
    async (_, registry) => {
      const { body } = await expose(registry, undefined);
      expect(promtool(['check', 'metrics'], body)).toEqual({ status: 0, output: '' });
    },
  );
});
