import type { Broker } from '../broker/broker.ts';
import { createdQueue } from '../messages.ts';
import type { ClaimedJob } from '../protocol/claim.ts';
import { activeTracer } from '../tracing.ts';
import { attemptAttributes, messagingAttributes } from './attributes.ts';
import { JobSpan } from './job-span.ts';

/** One attempt, from the start of its handler to its end. Undefined while nobody records spans. */
export function startRunSpan(
  system: Broker['system'],
  job: ClaimedJob,
  parent: string | undefined,
): JobSpan | undefined {
  const tracer = activeTracer();
  if (!tracer) return undefined;
  return JobSpan.start(tracer, {
    name: `run ${job.type}`,
    kind: 'CONSUMER',
    parent,
    attributes: {
      ...messagingAttributes(system, { name: 'run', type: 'process' }, createdQueue(job.queue)),
      ...attemptAttributes(job),
    },
  });
}

/** `reason` is why it failed, as a code. */
export function endRunSpan(span: JobSpan, { outcome, reason }: { outcome: string; reason?: string | undefined }): void {
  span.set({ 'cloudtask.job.outcome': outcome });
  if (reason !== undefined) span.fail(reason);
  span.end();
}
