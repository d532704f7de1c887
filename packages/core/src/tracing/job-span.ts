import {
  type Attributes,
  context,
  type Link,
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { formatTraceparent, parseTraceparent } from './traceparent.ts';

export interface NewSpan {
  name: string;
  kind: keyof typeof SpanKind;
  /** Traceparent of the span above it. Without one it begins a trace. */
  parent?: string | undefined;
  /** Traceparents of spans that led to it and are not above it. */
  links?: Iterable<string>;
  attributes: Attributes;
  /** Epoch milliseconds, of something that began before it was known to be worth a span. */
  startedAt?: number;
}

/** A span of a job's way. Its parent is always named: batches run in whatever context their first caller had. */
export class JobSpan {
  readonly traceparent: string;
  readonly #span: Span;

  static start(tracer: Tracer, { name, kind, parent, links = [], attributes, startedAt }: NewSpan): JobSpan {
    const above = parseTraceparent(parent);
    const options = {
      kind: SpanKind[kind],
      attributes,
      links: Array.from(links, toLink).filter((link) => link !== undefined),
      ...(startedAt !== undefined && { startTime: startedAt }),
    };
    return new JobSpan(
      tracer.startSpan(name, options, above ? trace.setSpanContext(ROOT_CONTEXT, above) : ROOT_CONTEXT),
    );
  }

  private constructor(span: Span) {
    this.#span = span;
    this.traceparent = formatTraceparent(span.spanContext());
  }

  /** False when a sampler decided against it: nobody will see it, but what belongs to it must know so. */
  get isRecorded(): boolean {
    return this.#span.isRecording();
  }

  set(attributes: Attributes): void {
    this.#span.setAttributes(attributes);
  }

  /** `why` is a code of ours: what people and libraries write may hold what must not leave the house. */
  fail(why: string): void {
    this.#span.setStatus({ code: SpanStatusCode.ERROR, message: why });
    this.#span.setAttribute('error.type', why);
  }

  end(endedAt?: number): void {
    this.#span.end(endedAt);
  }

  /** Spans that are made and requests that are sent meanwhile become its children. */
  run<T>(work: () => T): T {
    return context.with(trace.setSpan(ROOT_CONTEXT, this.#span), work);
  }
}

function toLink(traceparent: string): Link | undefined {
  const found = parseTraceparent(traceparent);
  return found && { context: found };
}
