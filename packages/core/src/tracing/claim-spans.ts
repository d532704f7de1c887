import type { Broker } from '../broker/broker.ts';
import { createdQueue } from '../messages.ts';
import type { ClaimedJob } from '../protocol/claim.ts';
import { activeTracer } from '../tracing.ts';
import { attemptAttributes, messagingAttributes } from './attributes.ts';
import { JobSpan } from './job-span.ts';

export interface ClaimSpans {
  system: Broker['system'];
  jobs: readonly ClaimedJob[];
  /** Of the publish that brought the hint of a job; undefined when its message named none. */
  publishOf(jobId: string): string | undefined;
  /** Epoch milliseconds. */
  startedAt: number;
}

/**
 * Records a claim in the trace of each of its jobs, and answers the traceparent that each goes on with, by job id. Jobs
 * without a trace are not in it. Undefined while nobody records spans.
 */
export function recordClaim({ jobs, ...claim }: ClaimSpans): ReadonlyMap<string, string> | undefined {
  const tracer = activeTracer();
  if (!tracer) return undefined;
  const endedAt = Date.now();
  const goesOnWith = new Map<string, string>();
  for (const [submit, own] of Map.groupBy(jobs, ({ extras }) => extras?.traceparent)) {
    if (submit == null) continue;
    const [job] = own;
    const span = JobSpan.start(tracer, {
      name: 'claim',
      kind: 'CLIENT',
      parent: submit,
      links: new Set(own.flatMap(({ id }) => claim.publishOf(id) ?? [])),
      attributes: {
        ...messagingAttributes(claim.system, { name: 'claim', type: 'receive' }, job && createdQueue(job.queue)),
        'messaging.batch.message_count': jobs.length,
        ...(own.length === 1 && job && attemptAttributes(job)),
      },
      startedAt: claim.startedAt,
    });
    span.end(endedAt);
    for (const { id } of own) goesOnWith.set(id, span.traceparent);
  }
  return goesOnWith;
}
