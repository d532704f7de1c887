import { traceIdOf } from '@cloudtask/core/tracing/traceparent';
import type { Attempt } from './attempt.ts';

/** What every log line about an attempt says of it. */
export function attemptFields({ job, traceparent }: Attempt) {
  const { id: jobId, type, attempt } = job;
  return traceparent === undefined
    ? { jobId, type, attempt }
    : { jobId, type, attempt, traceId: traceIdOf(traceparent) };
}
