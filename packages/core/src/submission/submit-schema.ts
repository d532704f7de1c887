import type { Duration } from '@cloudtask/sdk/contract';
import { DURATION_PATTERN } from '@cloudtask/sdk/duration';
import { type Static, Type } from 'typebox';
import { QUEUE_NAME } from '../messages.ts';

/** Longer than anybody means, short enough for every date in PostgreSQL and JavaScript. */
export const TEN_YEARS_MS = 10 * 366 * 86_400_000;
export const NAME_PATTERN = '^[A-Za-z0-9._:-]{1,100}$';
export const QUEUE_PATTERN = `^${QUEUE_NAME}$`;

export const DurationSchema = (description: string) =>
  Type.Unsafe<Duration>({
    type: ['integer', 'string'],
    minimum: 0,
    maximum: TEN_YEARS_MS,
    pattern: DURATION_PATTERN,
    maxLength: 30,
    description,
    examples: ['250ms', '30s', '5m', '2h', '1d', 1500],
  });

const BackoffSchema = Type.Object(
  {
    kind: Type.Enum(['exponential', 'linear', 'fixed']),
    delay: DurationSchema('Delay after the first failure'),
    maxDelay: Type.Optional(DurationSchema('Upper bound. Default 1 h')),
    factor: Type.Optional(Type.Number({ minimum: 1, maximum: 100, description: 'Base of exponential. Default 3' })),
  },
  { additionalProperties: false },
);

/** No control characters: a unique key is shown to people, and searched for by them. */
export const UNIQUE_KEY_PATTERN = '^[^\\u0000-\\u001f\\u007f-\\u009f]*$';

const UniqueSchema = Type.Object(
  {
    key: Type.String({ minLength: 1, maxLength: 200, pattern: UNIQUE_KEY_PATTERN, examples: ['invoice-4711'] }),
    until: Type.Optional(
      Type.Enum(['started', 'finished'], { description: 'When the key is free again. Default finished' }),
    ),
    onConflict: Type.Optional(
      Type.Enum(['return', 'reject', 'replace'], {
        description:
          'return (default): answer the other job. reject: 409. replace: cancel it, unless it runs: then 409',
      }),
    ),
  },
  { additionalProperties: false, description: 'At most one job of this type has this key at a time' },
);

/** Of a job, as it is asked for. */
export const jobMembers = {
  type: Type.String({ pattern: NAME_PATTERN, description: 'Which handler runs it', examples: ['email'] }),
  payload: Type.Optional(Type.Unknown({ description: 'Any JSON, at most 256 KiB, 32 levels. Default null' })),
  queue: Type.Optional(Type.String({ pattern: QUEUE_PATTERN, description: 'Default "default"' })),
  priority: Type.Optional(Type.Integer({ minimum: 0, maximum: 9, description: 'Higher runs sooner. Default 5' })),
  delay: Type.Optional(DurationSchema('Not before this long from now. Not together with runAt')),
  runAt: Type.Optional(Type.String({ maxLength: 40, description: 'Not before this time, ISO 8601 with zone' })),
  ttl: Type.Optional(DurationSchema('Ends EXPIRED when it has not started after this long')),
  maxAttempts: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, description: 'Default 5' })),
  backoff: Type.Optional(BackoffSchema),
  timeout: Type.Optional(DurationSchema('Per attempt. Default 15 min; 0 for none')),
  unique: Type.Optional(UniqueSchema),
  tags: Type.Optional(Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 20 })),
  metadata: Type.Optional(Type.Record(Type.String(), Type.Unknown(), { description: 'At most 16 KiB' })),
};

export const SubmitJobSchema = Type.Object(jobMembers, { additionalProperties: false });
export type SubmitJobBody = Static<typeof SubmitJobSchema>;

export const BatchItemSchema = Type.Object(
  { ...jobMembers, idempotencyKey: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) },
  { additionalProperties: false },
);

/** The items are checked one by one: one that is wrong must not fail the others. */
export const BatchSchema = Type.Object(
  {
    jobs: Type.Array(Type.Unknown(), {
      minItems: 1,
      description: 'At most 10,000 bodies of POST /jobs, each with an optional idempotencyKey',
    }),
  },
  { additionalProperties: false },
);
export const MAX_BATCH_JOBS = 10_000;
export const BATCH_BODY_LIMIT = 32 * 1024 * 1024;
