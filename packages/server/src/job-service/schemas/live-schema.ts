import { FAILURE_REASONS } from '@cloudtask/sdk/contract';
import { ATTEMPT_OUTCOMES, LOG_LEVELS } from '@cloudtask/sdk/live-contract';
import { type Static, Type } from 'typebox';
import { JobErrorSchema, orNull, time } from './job-schema.ts';
import { pageMembers } from './list-schema.ts';

export const JobLogSchema = Type.Object(
  {
    seq: Type.String({ description: 'Its place in the life of the job: a Last-Event-ID for its events' }),
    at: time(),
    attempt: Type.Integer(),
    level: Type.Enum([...LOG_LEVELS]),
    message: Type.String(),
    fields: orNull(Type.Record(Type.String(), Type.Unknown())),
  },
  { $id: 'JobLog', title: 'Line of a job’s log' },
);

export const JobAttemptSchema = Type.Object(
  {
    attempt: Type.Integer({ description: 'As people count it: those that cost nothing have the number of the next' }),
    outcome: Type.Enum([...ATTEMPT_OUTCOMES]),
    reason: orNull(Type.Enum([...FAILURE_REASONS])),
    error: orNull(JobErrorSchema),
    worker: orNull(Type.Object({ id: Type.String(), host: Type.String() })),
    startedAt: orNull(time()),
    endedAt: orNull(time()),
    lateResultAt: orNull(time()),
  },
  { $id: 'JobAttempt', title: 'Attempt' },
);

export const LogsQuerySchema = Type.Object(
  {
    level: Type.Optional(Type.Enum([...LOG_LEVELS], { description: 'Lines of this level and more serious ones' })),
    attempt: Type.Optional(Type.Integer({ minimum: 1, maximum: 2 ** 31 - 1, description: 'Lines of this attempt' })),
    order: Type.Optional(Type.Enum(['oldest', 'newest'], { description: 'Which lines come first; default oldest' })),
    ...pageMembers,
  },
  { additionalProperties: false },
);
export type LogsQuery = Static<typeof LogsQuerySchema>;

export const EventsQuerySchema = Type.Object(
  {
    from: Type.Optional(
      Type.Enum(['now', 'start'], {
        description: 'Without Last-Event-ID: the job as it is, then what follows (default), or all that it ever said',
      }),
    ),
    logs: Type.Optional(Type.Enum(['true', 'false'], { description: 'false: without log lines. Default true' })),
  },
  { additionalProperties: false },
);
