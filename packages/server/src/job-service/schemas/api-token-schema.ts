import { DurationSchema } from '@cloudtask/core/submission/submit-schema';
import { API_TOKEN_SCOPES } from '@cloudtask/sdk/contract';
import { Type } from 'typebox';
import { orNull, time } from './job-schema.ts';

const ScopesSchema = (description: string) =>
  Type.Array(Type.Enum([...API_TOKEN_SCOPES]), { minItems: 1, maxItems: 20, description });

export const CreateApiTokenSchema = Type.Object(
  {
    name: Type.String({ minLength: 1, maxLength: 100, description: 'Unique among your tokens', examples: ['ci'] }),
    scopes: ScopesSchema('What it may do; write includes read. operator is for operators'),
    expiresIn: Type.Optional(DurationSchema('Good for this long, at most 366d. Default: it never expires')),
  },
  { additionalProperties: false },
);

const members = {
  id: Type.String({ format: 'uuid' }),
  name: Type.String(),
  hint: Type.String({ description: 'Its first characters' }),
  scopes: ScopesSchema('What it may do'),
  createdAt: time(),
  expiresAt: orNull(time(), 'Null: never'),
  lastUsedAt: orNull(time(), 'To the minute'),
};

export const ApiTokenSchema = Type.Object(members);
export const NewApiTokenSchema = Type.Object({
  ...members,
  token: Type.String({ description: 'Shown this once', examples: ['ctt_…'] }),
});
