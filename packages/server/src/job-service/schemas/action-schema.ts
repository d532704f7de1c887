import { JOB_ACTION_KINDS, JOB_ACTION_STATES } from '@cloudtask/sdk/failures-contract';
import { type Static, Type } from 'typebox';
import { JobSchema, orNull, time } from './job-schema.ts';
import { filterMembers } from './list-schema.ts';

export const RATE_PATTERN = '^\\d{1,5}(\\.\\d{1,3})?/s$';
export const MAX_PER_SECOND = 10_000;
/** One job in 100 seconds. */
export const MIN_PER_SECOND = 0.01;

const FilterSchema = Type.Object(
  {
    ...filterMembers,
    ids: Type.Optional(Type.Array(Type.String({ maxLength: 36 }), { minItems: 1, maxItems: 1_000 })),
    all: Type.Optional(Type.Literal(true, { description: 'Every job of yours' })),
  },
  { additionalProperties: false, description: 'Jobs that meet all conditions; at least one is needed' },
);

export const StartActionSchema = Type.Object(
  {
    action: Type.Enum([...JOB_ACTION_KINDS], {
      description:
        'retry: jobs that are FAILED, CANCELLED or EXPIRED, discarded ones only by ids. cancel: jobs that have not ended. discard: FAILED jobs need nothing more. restore: takes that back',
    }),
    filter: FilterSchema,
    reason: Type.Optional(
      Type.String({ maxLength: 500, description: 'Noted at the jobs that are cancelled or discarded' }),
    ),
    dryRun: Type.Optional(Type.Boolean({ description: 'Only count; nothing is changed' })),
    canary: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100,
        description: 'For retry: first so many, and the others only when all of these have completed',
      }),
    ),
    rate: Type.Optional(
      Type.Unsafe<number | string>({
        type: ['number', 'string'],
        minimum: MIN_PER_SECOND,
        maximum: MAX_PER_SECOND,
        pattern: RATE_PATTERN,
        description: 'At most so many jobs per second',
        examples: [5, '5/s'],
      }),
    ),
  },
  { additionalProperties: false },
);
export type StartActionBody = Static<typeof StartActionSchema>;

export const JobActionSchema = Type.Object(
  {
    id: Type.String({ format: 'uuid' }),
    action: Type.Enum([...JOB_ACTION_KINDS]),
    filter: FilterSchema,
    reason: orNull(Type.String()),
    state: Type.Enum([...JOB_ACTION_STATES]),
    stopReason: orNull(Type.String()),
    canary: orNull(Type.Integer()),
    canaryIds: Type.Array(Type.String({ format: 'uuid' }), { description: 'The jobs that were retried first' }),
    rate: orNull(Type.Number({ description: 'Jobs per second' })),
    done: Type.Integer({ description: 'Jobs retried, cancelled or asked to stop, discarded or restored so far' }),
    skipped: Type.Integer({ description: 'Jobs that had changed when it was their turn' }),
    createdAt: time(),
    endedAt: orNull(time()),
  },
  { $id: 'JobAction', title: 'Action on many jobs' },
);

const { id, type, status, createdAt, error } = JobSchema.properties;
export const ActionPreviewSchema = Type.Object({
  matched: Type.Integer({ maximum: 10_000 }),
  isExact: Type.Boolean({ description: 'False: there are more, or not all could be looked at in time' }),
  sample: Type.Array(Type.Object({ id, type, status, createdAt, error }), { maxItems: 10 }),
});
