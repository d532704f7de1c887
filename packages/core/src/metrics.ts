import {
  Counter,
  type CounterConfiguration,
  collectDefaultMetrics,
  Gauge,
  type GaugeConfiguration,
  Histogram,
  type HistogramConfiguration,
  type LabelValues,
  Registry,
} from 'prom-client';

export type { Counter, Gauge, Histogram, Registry };

export interface RegistryOptions {
  /** Label on every series, so that dashboards can tell services apart when they share a process. */
  application: string;
  /** CPU, memory, event loop of this process. Their observers live as long as the process: off in tests. */
  processMetrics?: boolean;
}

/** A registry of one's own: the library's global one would mix services, and tests, that share a process. */
export function createRegistry({ application, processMetrics = true }: RegistryOptions): Registry {
  const registry = new Registry();
  registry.setDefaultLabels({ application });
  if (processMetrics) {
    collectDefaultMetrics({ register: registry });
    for (const name of BADLY_NAMED) registry.removeSingleMetric(name);
  }
  return registry;
}

/** Gauges called `_total`, which is for counters: `promtool check metrics` refuses them. */
const BADLY_NAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

// Declaring a metric twice gives the same one: embedded runs all services on one registry.

export function counter<Label extends string = string>(
  registry: Registry,
  declaration: CounterConfiguration<Label>,
): Counter<Label> {
  const known = registry.getSingleMetric(declaration.name);
  return (known as Counter<Label> | undefined) ?? new Counter({ ...declaration, registers: [registry] });
}

export function gauge<Label extends string = string>(
  registry: Registry,
  declaration: GaugeConfiguration<Label>,
): Gauge<Label> {
  const known = registry.getSingleMetric(declaration.name);
  return (known as Gauge<Label> | undefined) ?? new Gauge({ ...declaration, registers: [registry] });
}

export function histogram<Label extends string = string>(
  registry: Registry,
  declaration: HistogramConfiguration<Label>,
): Histogram<Label> {
  const known = registry.getSingleMetric(declaration.name);
  if (known) return known as Histogram<Label>;
  // Registered afterwards: the library refuses exemplars in a registry whose usual text is the plain one, as ours is.
  const made = new Histogram({ ...declaration, registers: [] });
  registry.registerMetric(made);
  return made;
}

/**
 * Lets a counter exist with 0 for each of these values: `rate()` sees a first failure only if it saw the 0 before it.
 * For labels whose values are all known when the service starts.
 */
export function fromZero<Label extends string>(
  metric: Counter<Label>,
  label: Label,
  values: Iterable<string>,
): Counter<Label> {
  for (const value of values) metric.inc({ [label]: value } as LabelValues<Label>, 0);
  return metric;
}
