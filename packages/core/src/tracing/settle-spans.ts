import type { Broker } from '../broker/broker.ts';
import { COMPLETED_QUEUE } from '../messages.ts';
import type { Settled, Settlement } from '../protocol/settle.ts';
import { activeTracer } from '../tracing.ts';
import { messagingAttributes } from './attributes.ts';
import { JobSpan } from './job-span.ts';

/** An attempt that was settled, with the traceparent of its run; of a lost one, of its submit. */
export type TracedSettlement = Pick<Settlement, 'jobId'> & {
  outcome: { kind: Settlement['outcome']['kind'] };
  attempt?: number;
  type?: string;
  traceparent?: string | undefined;
};

export interface SettleSpans {
  system: Broker['system'];
  attempts: readonly TracedSettlement[];
  /** What the statement changed. Attempts that it did not name were settled before. */
  settled: readonly Settled[];
  /** Epoch milliseconds. */
  startedAt: number;
}

/** Records the end of each attempt in its own trace. Nothing happens while nobody records spans. */
export function recordSettle({ system, attempts, settled, startedAt }: SettleSpans): void {
  const tracer = activeTracer();
  if (!tracer) return;
  const endedAt = Date.now();
  const statuses = new Map(settled.map(({ id, status }) => [id, status]));
  for (const { jobId, type, attempt, outcome, traceparent } of attempts) {
    if (traceparent === undefined) continue;
    const status = statuses.get(jobId);
    const span = JobSpan.start(tracer, {
      name: 'settle',
      kind: 'CLIENT',
      parent: traceparent,
      attributes: {
        ...messagingAttributes(system, { name: 'settle', type: 'settle' }, COMPLETED_QUEUE),
        'messaging.batch.message_count': attempts.length,
        'cloudtask.job.id': jobId,
        ...(type !== undefined && { 'cloudtask.job.type': type }),
        ...(attempt !== undefined && { 'cloudtask.job.attempt': attempt }),
        'cloudtask.job.outcome': outcome.kind,
        ...(status === undefined ? { 'cloudtask.job.stale': true } : { 'cloudtask.job.status': status }),
      },
      startedAt,
    });
    // The span of its run went with its worker: nothing else tells of the loss.
    if (outcome.kind === 'lost') span.fail('WORKER_LOST');
    span.end(endedAt);
  }
}
