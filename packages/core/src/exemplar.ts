/**
 * The label that leads from a bucket of a histogram to a trace; without one, no exemplar. `exemplarTraceIdDestinations`
 * of Grafana's data source names it too. An object of no special type, because the library's types take for granted
 * that exemplars have the labels of their metric.
 */
export function exemplarOf(traceId: string | undefined): object {
  return traceId === undefined ? NONE : { trace_id: traceId };
}

const NONE = {};
