import type { Job, Json } from '@cloudtask/sdk/contract';
import type { JobRow } from '../protocol/job-row.ts';
import type { JobRequest } from './job-request.ts';

/** What `POST /jobs` answers: the job as it was when it was stored, without reading it back. */
export function acceptedJob(request: JobRequest, payload: Json, { id, at }: { id: string; at: Date }): Job {
  const due = request.runAt !== undefined ? new Date(request.runAt) : dueAfter(at, request.delayMs);
  return acceptedAt(at, due, {
    id,
    type: request.type,
    payload,
    queue: request.queue,
    priority: request.priority,
    maxAttempts: request.maxAttempts,
    tags: [...(request.tags ?? [])],
    metadata: { ...request.metadata },
    uniqueKey: request.unique?.key ?? null,
    parentId: request.parentId ?? null,
  });
}

/** The same answer once more, for a replay: from what was asked for, which only a person's retry with another payload changes. */
export function acceptedJobAgain(row: JobRow): Job {
  const { id, type, payload, queue, priority, maxAttempts } = row;
  const { tags, metadata, uniqueKey, parentId } = row;
  return acceptedAt(row.createdAt, row.runAt, {
    id,
    type,
    payload,
    queue,
    priority,
    maxAttempts,
    tags: tags ?? [],
    metadata: metadata ?? {},
    uniqueKey,
    parentId,
  });
}

type Asked = Pick<
  Job,
  'id' | 'type' | 'payload' | 'queue' | 'priority' | 'maxAttempts' | 'tags' | 'metadata' | 'uniqueKey' | 'parentId'
>;

function acceptedAt(at: Date, due: Date | null, asked: Asked): Job {
  const isScheduled = due !== null && due > at;
  const { id, type, payload, queue, priority, maxAttempts, tags, metadata, uniqueKey, parentId } = asked;
  const createdAt = at.toISOString();
  const runAt = due === null ? null : due.toISOString();
  return {
    id,
    type,
    payload,
    status: isScheduled ? 'SCHEDULED' : 'PENDING',
    reason: null,
    queue,
    priority,
    attempt: 0,
    maxAttempts,
    result: null,
    error: null,
    progress: null,
    tags,
    metadata,
    uniqueKey,
    parentId,
    scheduleId: null,
    scheduledFor: null,
    createdAt,
    updatedAt: createdAt,
    runAt,
    startedAt: null,
    finishedAt: null,
    nextAttemptAt: isScheduled ? runAt : null,
    cancelRequestedAt: null,
    discardedAt: null,
    discardReason: null,
    worker: null,
  };
}

function dueAfter(at: Date, delayMs: number | undefined): Date | null {
  return delayMs === undefined ? null : new Date(at.getTime() + delayMs);
}
