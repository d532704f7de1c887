import type { Attributes } from '@opentelemetry/api';
import type { Broker } from '../broker/broker.ts';
import { createdQueue } from '../messages.ts';
import { activeTracer } from '../tracing.ts';
import { messagingAttributes } from './attributes.ts';
import { JobSpan } from './job-span.ts';

/**
 * From a well-formed request, or a slot of a schedule, to a durable job. Without a parent it begins the trace. Undefined
 * while nobody records spans.
 */
export function startSubmitSpan(system: Broker['system'], parent?: string): JobSpan | undefined {
  const tracer = activeTracer();
  if (!tracer) return undefined;
  const attributes = messagingAttributes(system, { name: 'submit', type: 'create' });
  return JobSpan.start(tracer, { name: 'submit', kind: 'PRODUCER', parent, attributes });
}

/** Does the work of a submit as its span, which ends with it. */
export async function asSubmit<T>(span: JobSpan, work: () => Promise<T>): Promise<T> {
  try {
    return await span.run(work);
  } catch (error) {
    span.fail(error instanceof Error && 'code' in error ? String(error.code) : 'INTERNAL_ERROR');
    throw error;
  } finally {
    span.end();
  }
}

/** What is known of a job when it is stored. */
export function submittedAttributes({ id, type, queue }: { id: string; type: string; queue: string }): Attributes {
  return {
    'messaging.destination.name': createdQueue(queue),
    'cloudtask.job.id': id,
    'cloudtask.job.type': type,
    'cloudtask.job.queue': queue,
  };
}
