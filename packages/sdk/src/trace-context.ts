/**
 * The headers that make a request part of the trace that is under way here (W3C Trace Context), when the program uses
 * OpenTelemetry. Through the global that its API registers, which is the same for all of its versions 1: the SDK needs no
 * dependency for it. Of what the program's propagator writes only these two are sent; baggage is not for other servers.
 */
export function activeTrace(): Record<string, string> {
  const api = (globalThis as Record<symbol, unknown>)[OPENTELEMETRY] as OpenTelemetry | undefined;
  const found: Record<string, string> = {};
  try {
    const context = api?.context?.active();
    if (context === undefined) return found;
    api?.propagation?.inject(context, found, {
      set(carrier, key, value) {
        const name = key.toLowerCase();
        if (name === 'traceparent' || name === 'tracestate') carrier[name] = value;
      },
    });
    return found;
  } catch {
    // Tracing must never cost a job.
    return {};
  }
}

const OPENTELEMETRY = Symbol.for('opentelemetry.js.api.1');

interface OpenTelemetry {
  context?: { active(): unknown };
  propagation?: {
    inject(
      context: unknown,
      carrier: Record<string, string>,
      setter: { set(carrier: Record<string, string>, key: string, value: string): void },
    ): void;
  };
}
