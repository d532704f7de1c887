// Traces with the API of OpenTelemetry alone: whoever runs CloudTask registers an SDK, or does not (docs/tracing.md).
import { setTimeout as pause } from 'node:timers/promises';
import { context, isSpanContextValid, type Tracer, type TracerProvider, trace } from '@opentelemetry/api';

/**
 * Undefined while no SDK is registered. Asked once per batch: what follows makes objects for each span, and where nobody
 * records them not even one per job may be made.
 */
export function activeTracer(): Tracer | undefined {
  const provider: Registered = trace.getTracerProvider();
  return provider.getDelegateTracer ? provider.getDelegateTracer(NAME) : provider.getTracer(NAME);
}

/** The trace that the running code belongs to, as 32 hex digits. Without an SDK nothing remembers it: then undefined. */
export function currentTraceId(): string | undefined {
  const active = trace.getSpanContext(context.active());
  return active && isSpanContextValid(active) ? active.traceId : undefined;
}

/**
 * Hands what was recorded to whoever collects it: a process that ends would take its last spans with it. A collector that
 * is away costs two seconds and is no reason to end with an error.
 */
export async function flushSpans(): Promise<void> {
  const provider: Registered = trace.getTracerProvider();
  const flushed = (provider.getDelegate?.() ?? provider).forceFlush?.().catch(() => undefined);
  if (flushed) await Promise.race([flushed, pause(FLUSH_MS, undefined, { ref: false })]);
}

/** What is registered, or (in version 1 of the API) a proxy for it that is there also when nothing is. */
interface Registered extends TracerProvider {
  getDelegate?(): Registered;
  getDelegateTracer?(name: string): Tracer | undefined;
  forceFlush?(): Promise<void>;
}

const NAME = 'cloudtask';
const FLUSH_MS = 2_000;
