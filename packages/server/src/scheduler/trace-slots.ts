import type { Broker } from '@cloudtask/core/broker/broker';
import type { JobSpan } from '@cloudtask/core/tracing/job-span';
import { startSubmitSpan, submittedAttributes } from '@cloudtask/core/tracing/submit-span';
import type { PlannedJob, TurnPlan } from './plan-turn.ts';

/** By job id. */
type SlotSpans = ReadonlyMap<string, JobSpan>;

/** A new trace for the job of each slot: nobody asked for it but the time. Nothing while nobody records spans. */
export function startSlotSpans(system: Broker['system'], plans: readonly TurnPlan[]): SlotSpans {
  const spans = new Map<string, JobSpan>();
  for (const { jobs } of plans) {
    for (const job of jobs) {
      const span = startSubmitSpan(system);
      if (!span) return spans;
      job.traceparent = span.traceparent;
      spans.set(job.id, span);
    }
  }
  return spans;
}

/** Of the jobs that were stored. A span that is never ended is never seen: so it is with those that were not. */
export function endSlotSpans(spans: SlotSpans, stored: readonly PlannedJob[]): void {
  if (spans.size === 0) return;
  for (const job of stored) {
    const span = spans.get(job.id);
    span?.set(submittedAttributes(job));
    span?.end();
  }
}
