import type { Broker } from '../broker/broker.ts';
import { createdQueue, type Hint } from '../messages.ts';
import { activeTracer } from '../tracing.ts';
import { messagingAttributes } from './attributes.ts';
import { JobSpan } from './job-span.ts';

export interface PublishSpan {
  broker: Pick<Broker, 'system' | 'publish'>;
  queue: string;
  jobs: readonly Hint[];
  body: Buffer;
  /** By job id. Undefined when none of them has a trace, or nobody records spans. */
  traceparents: ReadonlyMap<string, string> | undefined;
}

/** Publishes a message of hints. With a span, if one of its jobs has a trace; the message then names it. */
export function publishTraced({ broker, queue, jobs, body, traceparents }: PublishSpan): Promise<void> {
  const span = traceparents && startPublishSpan(broker.system, { queue, jobs, traceparents });
  const to = createdQueue(queue);
  if (!span) return broker.publish(to, body);
  const options = span.isRecorded ? { traceparent: span.traceparent } : undefined;
  return asPublish(span, () => broker.publish(to, body, options));
}

async function asPublish(span: JobSpan, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    span.fail(error instanceof Error && 'code' in error ? String(error.code) : 'ERROR');
    throw error;
  } finally {
    span.end();
  }
}

function startPublishSpan(
  system: Broker['system'],
  { queue, jobs, traceparents }: Pick<PublishSpan, 'queue' | 'jobs'> & { traceparents: ReadonlyMap<string, string> },
): JobSpan | undefined {
  const tracer = activeTracer();
  const submits = new Set(jobs.flatMap(({ id }) => traceparents.get(id) ?? []));
  const [only] = submits;
  if (!tracer || only === undefined) return undefined;
  const [job] = jobs;
  return JobSpan.start(tracer, {
    name: 'publish',
    kind: 'CLIENT',
    // Jobs of several traces cannot have one span in all of them.
    ...(submits.size === 1 ? { parent: only } : { links: submits }),
    attributes: {
      ...messagingAttributes(system, { name: 'publish', type: 'send' }, createdQueue(queue)),
      'messaging.batch.message_count': jobs.length,
      'cloudtask.job.queue': queue,
      ...(jobs.length === 1 && job && { 'cloudtask.job.id': job.id, 'cloudtask.job.type': job.type }),
    },
  });
}
