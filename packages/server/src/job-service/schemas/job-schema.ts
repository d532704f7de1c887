import { FAILURE_REASONS, JOB_STATUSES, type Job } from '@cloudtask/sdk/contract';
import { type TSchema, Type } from 'typebox';

export const orNull = <T extends TSchema>(schema: T, description?: string) =>
  Type.Union([schema, Type.Null()], description === undefined ? {} : { description });
export const time = () => Type.String({ format: 'date-time' });
const json = (description: string) => Type.Unknown({ description });

export const JobErrorSchema = Type.Object({
  code: Type.String(),
  name: Type.String(),
  message: Type.String(),
  attempt: Type.Integer(),
  retryable: Type.Boolean(),
  fingerprint: Type.String({ description: 'Equal for failures with the same cause' }),
});

const ProgressSchema = Type.Object({
  percent: orNull(Type.Number()),
  message: orNull(Type.String()),
  data: json('Whatever the handler reported'),
});

const members = {
  id: Type.String({ format: 'uuid' }),
  type: Type.String(),
  payload: json('As it was submitted'),
  status: Type.Enum([...JOB_STATUSES]),
  reason: orNull(Type.Enum([...FAILURE_REASONS])),
  queue: Type.String(),
  priority: Type.Integer({ minimum: 0, maximum: 9 }),
  attempt: Type.Integer({ description: 'The current or last attempt; 0 before the first' }),
  maxAttempts: Type.Integer(),
  result: json('What the handler returned; null until it completed'),
  error: orNull(JobErrorSchema),
  progress: orNull(ProgressSchema),
  tags: Type.Array(Type.String()),
  metadata: Type.Record(Type.String(), Type.Unknown()),
  uniqueKey: orNull(Type.String()),
  parentId: orNull(Type.String(), 'The job whose handler made it'),
  scheduleId: orNull(Type.String()),
  scheduledFor: orNull(time()),
  createdAt: time(),
  updatedAt: time(),
  runAt: orNull(time()),
  startedAt: orNull(time()),
  finishedAt: orNull(time()),
  nextAttemptAt: orNull(time()),
  cancelRequestedAt: orNull(time()),
  discardedAt: orNull(time(), 'When somebody said that this failure needs nothing more'),
  discardReason: orNull(Type.String()),
  worker: orNull(Type.Object({ id: Type.String(), host: Type.String() })),
};

export const JobSchema = Type.Object(members, { $id: 'Job', title: 'Job' });

export const JOB_FIELDS: readonly (keyof Job)[] = Object.keys(members) as (keyof Job)[]; // a test compares the two
