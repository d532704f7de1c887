import { DurationSchema } from '@cloudtask/core/submission/submit-schema';
import { Type } from 'typebox';
import { orNull, time } from './job-schema.ts';

const count = (description?: string) => Type.Integer({ minimum: 0, ...(description && { description }) });

export const WorkersQuerySchema = Type.Object(
  { all: Type.Optional(Type.Boolean({ description: 'The last 100, also those that are gone' })) },
  { additionalProperties: false },
);

export const DrainWorkerSchema = Type.Union([
  Type.Object({ reason: Type.Optional(Type.String({ maxLength: 500 })) }, { additionalProperties: false }),
  // No body at all.
  Type.Null(),
]);

const workerInfo = {
  id: Type.Integer({ description: 'Of this start of the worker' }),
  name: Type.String({ description: 'What jobs show as worker.id' }),
  host: Type.String(),
  version: Type.String(),
  state: Type.Enum(['live', 'draining', 'stopping', 'stopped', 'dead'], {
    description: 'draining: an operator wants it to end; it takes no more jobs',
  }),
  queues: Type.Array(Type.String()),
  types: Type.Array(Type.String()),
  slots: count('With those that single queues have for themselves'),
  busy: count('At its last heartbeat'),
  startedAt: time(),
  heartbeatAt: time(),
  lastDeliveryAt: orNull(time(), 'When the broker last gave it something'),
  deafSince: orNull(time(), 'Since when it hears nothing from the broker'),
  drain: orNull(
    Type.Object({
      requestedAt: time(),
      reason: orNull(Type.String(), 'As the operator gave it'),
      requestedBy: Type.String({ description: "The operator's address" }),
    }),
    'That an operator wants it to end. Stays when it has ended',
  ),
};

export const WorkerInfoSchema = Type.Object(workerInfo);

export const WorkerDetailsSchema = Type.Object({
  ...workerInfo,
  pid: Type.Integer({ description: 'Its process on its host' }),
  endedAt: orNull(time(), 'When it had stopped or was declared dead'),
  lanes: Type.Array(Type.Object({ queues: Type.Array(Type.String()), slots: count() }), {
    description: 'Slots, and the queues whose jobs they are for',
  }),
  running: Type.Array(
    Type.Object({
      id: Type.String({ format: 'uuid' }),
      type: Type.String(),
      queue: Type.String(),
      attempt: Type.Integer({ minimum: 1 }),
      startedAt: time(),
    }),
    { description: 'Jobs that it runs now, of all accounts; the first 100, those that run longest first' },
  ),
});

export const QueuePauseSchema = Type.Object({
  pausedAt: time(),
  resumesAt: orNull(time(), 'When it ends by itself; null: when somebody resumes the queue'),
  reason: orNull(Type.String(), 'As the operator gave it'),
  pausedBy: Type.String({ description: "The operator's address" }),
});

export const QueueInfoSchema = Type.Object({
  name: Type.String(),
  waiting: count('Jobs that wait in the database to be offered; counted up to 10,000'),
  ready: orNull(count(), 'Messages in the broker, each of one or many jobs; null: it is away, or no worker listens'),
  oldestWaitingSeconds: orNull(Type.Number(), 'Of the jobs counted in waiting'),
  workers: count('Live ones that listen to it'),
  slots: count('Those that the queue has for itself, or else shares: shared ones count in each queue'),
  busy: count('Jobs in these slots, whichever of the queues that share them they are from'),
  pause: orNull(QueuePauseSchema, 'Null: it is not paused'),
});

export const PauseQueueSchema = Type.Union([
  Type.Object(
    {
      reason: Type.Optional(Type.String({ maxLength: 500 })),
      for: Type.Optional(
        DurationSchema('Resumes by itself after this long, at most 366d. Default: when it is resumed'),
      ),
    },
    { additionalProperties: false },
  ),
  // No body at all.
  Type.Null(),
]);

export const StatsSchema = Type.Object({
  jobs: Type.Object({
    waiting: count('Waiting in the database to be offered; exact up to 10,000'),
    running: count('As the live workers said at their last heartbeat, at most 5 s ago'),
    scheduled: count('Among the 10,000 times that are due next'),
    retrying: count('Among the 10,000 times that are due next'),
  }),
  lastHour: Type.Object({ failed: count('Ended FAILED and not retried since; exact up to 10,000') }),
  workers: Type.Object({ live: count(), slots: count(), busy: count() }),
  throughput: Type.Object({
    submittedPerSecond: Type.Number({ description: 'Over 10 s, or the last 10,000 jobs when that is shorter' }),
  }),
});

export const TypeInfoSchema = Type.Object({
  type: Type.String(),
  description: orNull(Type.String(), 'As the worker registered it'),
  title: orNull(Type.String(), 'A name for people'),
  payloadSchema: Type.Unknown({ description: 'JSON Schema of the payload as callers send it, or null' }),
  resultSchema: Type.Unknown({ description: 'JSON Schema of the result, or null' }),
  progressSchema: Type.Unknown({ description: 'JSON Schema of the data that it reports as progress, or null' }),
  sensitive: Type.Array(Type.String(), { description: 'JSON pointers into the payload that interfaces should mask' }),
  examples: Type.Array(Type.Unknown(), { description: 'Payloads that fit' }),
  defaults: Type.Unknown({ description: 'Options of jobs that say nothing else' }),
  workers: count('Live ones that run it'),
  version: orNull(Type.String(), 'Of the newest registration; null: workers run it without having registered it'),
  registeredAt: orNull(time(), 'Null: workers run it without having registered it'),
});
