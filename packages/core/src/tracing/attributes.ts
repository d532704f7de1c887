import type { Attributes } from '@opentelemetry/api';
import type { Broker } from '../broker/broker.ts';
import type { ClaimedJob } from '../protocol/claim.ts';

/** By the semantic conventions for messaging; names beside them begin with `cloudtask.`. */
export function messagingAttributes(
  system: Broker['system'],
  operation: { name: string; type: 'create' | 'send' | 'receive' | 'process' | 'settle' },
  destination?: string,
): Attributes {
  return {
    'messaging.system': system,
    'messaging.operation.name': operation.name,
    'messaging.operation.type': operation.type,
    ...(destination !== undefined && { 'messaging.destination.name': destination }),
  };
}

export function attemptAttributes({ id, type, queue, attempt }: Pick<ClaimedJob, 'id' | 'type' | 'queue' | 'attempt'>) {
  return {
    'cloudtask.job.id': id,
    'cloudtask.job.type': type,
    'cloudtask.job.queue': queue,
    'cloudtask.job.attempt': attempt,
  };
}
