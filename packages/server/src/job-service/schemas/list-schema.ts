import { DURATION_PATTERN } from '@cloudtask/sdk/duration';
import { type Static, Type } from 'typebox';

// PostgreSQL holds no NUL: refused here, before it gets there.
const PRINTABLE = '^[^\\u0000-\\u001f]*$';
const one = (description: string) => Type.String({ minLength: 1, maxLength: 200, pattern: PRINTABLE, description });
const many = (description: string) =>
  Type.Optional(Type.Union([one(description), Type.Array(one(description), { minItems: 1, maxItems: 50 })]));

// Text of a payload may have line breaks.
const condition = () => Type.String({ minLength: 2, maxLength: 1000, pattern: '^[^\\u0000]*$' });

/** What chooses jobs, in a list and in an action. */
export const filterMembers = {
  status: many('One or several statuses, separated by commas'),
  type: many('One or several types, separated by commas'),
  queue: many('One or several queues, separated by commas'),
  tag: many('Jobs that have this tag; repeat it for jobs that have all of them'),
  q: Type.Optional(one('Text found anywhere in type, queue, tags, payload or error')),
  error: Type.Optional(one("Text found in the error's name, code or message")),
  field: Type.Optional(
    Type.Union([condition(), Type.Array(condition(), { minItems: 1, maxItems: 10 })], {
      description:
        'A member of the payload: to=ada@example.com, user.name=Ada, n:=3 for JSON, tags[]=a for an item of a list; repeat it for several',
    }),
  ),
  worker: many('One or several workers, by name or host: of the newest attempt'),
  minAttempt: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'So many attempts, or more' })),
  since: Type.Optional(one('Created at or after this time, or this long ago, like 24h')),
  until: Type.Optional(one('Created before this time, or this long ago')),
  fingerprint: many('FAILED jobs with this cause, or one of several, separated by commas; see GET /failures'),
};

/** `cursor` may be long: it says where a page ended. */
export const pageMembers = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, description: 'Default 100' })),
  cursor: Type.Optional(
    Type.String({ minLength: 1, maxLength: 500, description: 'Where the page before ended; see its Link header' }),
  ),
};

export const PageQuerySchema = Type.Object(pageMembers, { additionalProperties: false });
export type PageQuery = Static<typeof PageQuerySchema>;

const discarded = (description: string) => Type.Optional(Type.Boolean({ description }));

export const FailuresQuerySchema = Type.Object(
  {
    type: filterMembers.type,
    since: Type.Optional(one('Failed at or after this time, or this long ago, like 24h')),
    discarded: discarded('true: only the failures that were discarded. Default: all but these'),
    ...pageMembers,
  },
  { additionalProperties: false },
);

export const FieldsSchema = Type.Object(
  { fields: Type.Optional(one('Only these members of each job, separated by commas')) },
  { additionalProperties: false },
);

const listFilterMembers = {
  ...filterMembers,
  parent: Type.Optional(Type.String({ maxLength: 100, description: 'Jobs that the handler of this job made' })),
  discarded: discarded('true: only FAILED jobs that were discarded. false: all but these'),
};

export const CountQuerySchema = Type.Object(listFilterMembers, { additionalProperties: false });
export const JobCountSchema = Type.Object({
  count: Type.Integer({ maximum: 10_000 }),
  isExact: Type.Boolean({ description: 'False: there are more, or not all could be looked at in time' }),
});

export const ListQuerySchema = Type.Object(
  {
    ...listFilterMembers,
    order: Type.Optional(Type.Enum(['newest', 'oldest'])),
    ...pageMembers,
    fields: Type.Optional(one('Only these members of each job, separated by commas')),
    ref: Type.Optional(
      Type.String({ pattern: '^[0-9A-Fa-f-]{4,36}$', description: 'The end of an id, among your newest 1,000 jobs' }),
    ),
  },
  { additionalProperties: false },
);
export type FailuresQuery = Static<typeof FailuresQuerySchema>;
export type ListQuery = Static<typeof ListQuerySchema>;

export const WaitQuerySchema = Type.Object(
  {
    wait: Type.Optional(
      Type.String({
        pattern: DURATION_PATTERN,
        maxLength: 30,
        description: 'Answer when the job is final, or after this long; at most 60s',
        examples: ['25s'],
      }),
    ),
    fields: Type.Optional(one('Only these members, separated by commas')),
  },
  { additionalProperties: false },
);
