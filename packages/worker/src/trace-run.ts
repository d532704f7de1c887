import type { Broker } from '@cloudtask/core/broker/broker';
import { endRunSpan, startRunSpan } from '@cloudtask/core/tracing/run-span';
import type { Attempt } from './attempt.ts';
import type { AttemptEnd } from './attempt-end.ts';

/** From here on the attempt is a part of its trace, and what its handler does belongs to that part. */
export function startTrace(system: Broker['system'], attempt: Attempt): void {
  const span = startRunSpan(system, attempt.job, attempt.traceparent);
  if (!span) return;
  attempt.span = span;
  attempt.traceparent = span.traceparent;
}

export function endTrace({ span }: Attempt, outcome: string, end: AttemptEnd | undefined): void {
  if (span) endRunSpan(span, { outcome, reason: end?.kind === 'failed' ? end.reason : undefined });
}
