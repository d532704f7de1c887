import { context, type HrTime, type SpanStatusCode, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { InMemorySpanExporter, type ReadableSpan, SimpleSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';

export interface RecordedSpan {
  name: string;
  traceId: string;
  spanId: string;
  parent: string | undefined;
  links: string[];
  attributes: Record<string, unknown>;
  status: SpanStatusCode;
  startedAt: HrTime;
}

/** An SDK that keeps what it records, for this process. */
export class RecordedSpans {
  readonly #exporter = new InMemorySpanExporter();

  register(): void {
    // An object: handed the exporter alone, this version of the SDK records nothing and says nothing.
    const processor = new SimpleSpanProcessor({ exporter: this.#exporter });
    trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors: [processor] }));
    context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  }

  unregister(): void {
    trace.disable();
    context.disable();
  }

  clear(): void {
    this.#exporter.reset();
  }

  /** Of one trace or of all, by name, oldest first. */
  all(traceId?: string): RecordedSpan[] {
    const found = this.#exporter.getFinishedSpans().map(toRecorded);
    return found.filter((span) => traceId === undefined || span.traceId === traceId).sort(byStart);
  }
}

function toRecorded(span: ReadableSpan): RecordedSpan {
  return {
    name: span.name,
    traceId: span.spanContext().traceId,
    spanId: span.spanContext().spanId,
    parent: span.parentSpanContext?.spanId,
    links: span.links.map((link) => link.context.spanId),
    attributes: span.attributes,
    status: span.status.code,
    startedAt: span.startTime,
  };
}

function byStart(a: RecordedSpan, b: RecordedSpan): number {
  return a.startedAt[0] - b.startedAt[0] || a.startedAt[1] - b.startedAt[1];
}
