import { context, isSpanContextValid, type SpanContext, TraceFlags, trace } from '@opentelemetry/api';

/** Undefined for what is no `traceparent` of W3C Trace Context: it is ignored then, and never an error. */
export function parseTraceparent(text: unknown): SpanContext | undefined {
  if (typeof text !== 'string') return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more = ''] = TRACEPARENT.exec(text) ?? [];
  // Later versions may say more behind the flags; this one may not.
  if (version === undefined || version === 'ff' || (version === '00' && more !== '')) return undefined;
  const isSampled = (Number.parseInt(flags, 16) & TraceFlags.SAMPLED) !== 0;
  const found = { traceId, spanId, traceFlags: isSampled ? TraceFlags.SAMPLED : TraceFlags.NONE, isRemote: true };
  return isSpanContextValid(found) ? found : undefined;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

export function formatTraceparent({ traceId, spanId, traceFlags }: SpanContext): string {
  return `00-${traceId}-${spanId}-${(traceFlags & TraceFlags.SAMPLED) === 0 ? '00' : '01'}`;
}

/** The span that is active here (of an instrumented server, say), or else what a header says, if that is well-formed. */
export function traceparentOf(header: unknown): string | undefined {
  const found = trace.getSpanContext(context.active()) ?? parseTraceparent(header);
  return found && isSpanContextValid(found) ? formatTraceparent(found) : undefined;
}

/** The trace to which an exemplar leads: only one that somebody records can be looked at. */
export function recordedTraceIdOf(traceparent: unknown): string | undefined {
  const found = parseTraceparent(traceparent);
  return found && (found.traceFlags & TraceFlags.SAMPLED) !== 0 ? found.traceId : undefined;
}

/** The field of a log line about something that belongs to a trace: 32 hex digits. */
export function traceIdOf(traceparent: unknown): string | undefined {
  return parseTraceparent(traceparent)?.traceId;
}
