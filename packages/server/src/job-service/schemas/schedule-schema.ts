import { DurationSchema, jobMembers, NAME_PATTERN } from '@cloudtask/core/submission/submit-schema';
import {
  CATCH_UP_POLICIES,
  DST_GAP_POLICIES,
  DST_OVERLAP_POLICIES,
  OVERLAP_POLICIES,
  SLOT_OUTCOMES,
} from '@cloudtask/sdk/schedules-contract';
import { type Static, type TSchema, Type } from 'typebox';
import { orNull, time } from './job-schema.ts';
import { pageMembers } from './list-schema.ts';

const { type, payload, delay: _, runAt: __, ...jobOptions } = jobMembers;

const timing = {
  cron: Type.Optional(
    Type.String({
      maxLength: 200,
      description: 'Five fields (minute hour day month weekday), six with seconds first, or @daily and the like',
      examples: ['30 2 * * *'],
    }),
  ),
  every: Type.Optional(DurationSchema('Instead of cron: at this distance from when it was made; at least 1 s')),
  timezone: Type.Optional(
    Type.String({ maxLength: 100, description: 'IANA name, for cron. Default UTC', examples: ['Europe/Berlin'] }),
  ),
  dstGap: Type.Optional(
    Type.Enum([...DST_GAP_POLICIES], {
      description: 'A local time that is left out runs after the gap (default), or not',
    }),
  ),
  dstOverlap: Type.Optional(
    Type.Enum([...DST_OVERLAP_POLICIES], {
      description: 'A local time that comes twice runs the first time (default), or both',
    }),
  ),
};

const policies = {
  catchUp: Type.Optional(
    Type.Enum([...CATCH_UP_POLICIES], {
      description:
        'Of slots that were missed: one job (default), none, or one for each of the last 24 hours, at most 1,000',
    }),
  ),
  onOverlap: Type.Optional(
    Type.Enum([...OVERLAP_POLICIES], {
      description:
        'While its last job has not ended: pass the slot over (default), let one wait, cancel that job, or run beside it',
    }),
  ),
};

const name = Type.String({ pattern: NAME_PATTERN, description: 'Unique among your schedules', examples: ['nightly'] });

export const CreateScheduleSchema = Type.Object(
  { name, type, payload, ...timing, ...policies, ...jobOptions },
  { additionalProperties: false },
);
export type CreateScheduleBody = Static<typeof CreateScheduleSchema>;

const nullable: Record<string, TSchema> = Object.fromEntries(
  Object.entries(jobOptions).map(([key, schema]) => [key, Type.Optional(orNull(schema))]),
);

export const UpdateScheduleSchema = Type.Object(
  { name: Type.Optional(name), type: Type.Optional(type), payload, ...timing, ...policies, ...nullable },
  { additionalProperties: false },
);

export const PauseScheduleSchema = Type.Union([
  Type.Object({ reason: Type.Optional(Type.String({ maxLength: 500 })) }, { additionalProperties: false }),
  // No body at all.
  Type.Null(),
]);

export const PreviewScheduleSchema = Type.Object(
  {
    ...timing,
    from: Type.Optional(Type.String({ maxLength: 40, description: 'Slots after this time, ISO 8601. Default: now' })),
    count: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Default 10' })),
  },
  { additionalProperties: false },
);
export type PreviewScheduleBody = Static<typeof PreviewScheduleSchema>;

/** Each may have a payload of 256 KB. */
export const MAX_SCHEDULE_PAGE = 100;

export const SchedulePageSchema = Type.Object(
  {
    ...pageMembers,
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: MAX_SCHEDULE_PAGE, description: 'Default 100' })),
  },
  { additionalProperties: false },
);

const uuid = () => Type.String({ format: 'uuid' });

const shown = {
  id: uuid(),
  name: Type.String(),
  type: Type.String(),
  payload: Type.Unknown(),
  cron: orNull(Type.String()),
  every: orNull(Type.Integer({ description: 'Milliseconds' })),
  timezone: Type.String(),
  dstGap: Type.Enum([...DST_GAP_POLICIES]),
  dstOverlap: Type.Enum([...DST_OVERLAP_POLICIES]),
  catchUp: Type.Enum([...CATCH_UP_POLICIES]),
  onOverlap: Type.Enum([...OVERLAP_POLICIES]),
  ...jobOptions,
  nextAt: orNull(time()),
  firedSlot: orNull(time()),
  lastJobId: orNull(uuid()),
  waitingSlot: orNull(time()),
  pausedAt: orNull(time()),
  pauseReason: orNull(Type.String()),
  createdAt: time(),
  updatedAt: time(),
};

export const ScheduleSchema = Type.Object(shown, { $id: 'Schedule', title: 'Schedule' });

export const ScheduleDetailsSchema = Type.Object({
  ...shown,
  recentSlots: Type.Array(
    Type.Object({
      at: time(),
      outcome: Type.Enum([...SLOT_OUTCOMES]),
      jobId: orNull(uuid()),
      detail: orNull(
        Type.String({
          description: 'Why its job was refused; of a missed one, since when slots were passed over with it',
        }),
      ),
      decidedAt: time(),
    }),
    { description: 'The newest 20, newest first' },
  ),
});

export const SchedulePreviewSchema = Type.Object({
  slots: Type.Array(
    Type.Object({
      at: time(),
      local: Type.String({ description: 'As the clock of the zone shows it' }),
      note: orNull(Type.String({ description: 'What a clock change does to it' })),
    }),
  ),
  clockChanges: Type.Array(
    Type.Object({ at: time(), before: Type.String(), after: Type.String(), note: orNull(Type.String()) }),
  ),
});
