import type { Database } from '../packages/core/src/database/database.ts';
import { createRegistry, type Registry } from '../packages/core/src/metrics.ts';
import { platformMetrics } from '../packages/core/src/platform-metrics.ts';
import { jobServiceMetrics } from '../packages/server/src/job-service/metrics.ts';
import { processorMetrics } from '../packages/server/src/results-processor/metrics.ts';
import { backlogMetrics } from '../packages/server/src/scheduler/backlog-metrics.ts';
import { schedulerMetrics } from '../packages/server/src/scheduler/metrics.ts';
import { workerMetrics } from '../packages/worker/src/metrics.ts';

export interface ExportedMetric {
  name: string;
  type: string;
  help: string;
  labels: string[];
  services: string[];
}

/** A database that answers nothing: what a metric is called does not depend on it. */
const database = { query: async () => [] } as unknown as Database;
const up = { health: { up: true } };

const declarations: Record<string, (registry: Registry) => void> = {
  'job-service': (registry) => void jobServiceMetrics(registry),
  worker: (registry) =>
    void workerMetrics(registry, {
      ...{ slots: 1, types: ['email'], queues: ['default'] },
      inProgress: () => 0,
      children: () => 0,
    }),
  'results-processor': (registry) => void processorMetrics(registry),
  scheduler(registry) {
    schedulerMetrics(registry);
    backlogMetrics(registry, { database });
  },
};

/** What each service declares when it starts, by the same functions. */
export function serviceRegistries({ processMetrics = false } = {}): Map<string, Registry> {
  return new Map(
    Object.entries(declarations).map(([service, declare]) => {
      const registry = createRegistry({ application: service, processMetrics });
      platformMetrics(registry, { database, broker: up, signals: up });
      declare(registry);
      return [service, registry];
    }),
  );
}

/** Every metric of CloudTask once, by name, with the services that export it. */
export function exportedMetrics(): ExportedMetric[] {
  const found = new Map<string, ExportedMetric>();
  for (const [service, registry] of serviceRegistries()) {
    for (const metric of registry.getMetricsAsArray()) {
      // The library's types leave the labels out.
      const { name, type, help, labelNames = [] } = metric as unknown as Declared;
      const known = found.get(name);
      if (known) known.services.push(service);
      else found.set(name, { name, type, help, labels: [...labelNames], services: [service] });
    }
  }
  return [...found.values()].sort((a, b) => a.name.localeCompare(b.name, 'en'));
}

interface Declared extends Omit<ExportedMetric, 'labels' | 'services'> {
  labelNames?: readonly string[];
}
