import { Type } from 'typebox';

export const CredentialsSchema = Type.Object(
  {
    email: Type.String({ minLength: 3, maxLength: 254, examples: ['user@example.com'] }),
    password: Type.String({ minLength: 1, maxLength: 1024, description: '8 to 1024 bytes' }),
  },
  { additionalProperties: false },
);

export const RefreshSchema = Type.Object(
  { refreshToken: Type.String({ minLength: 1, maxLength: 200 }) },
  { additionalProperties: false },
);

export const ChangePasswordSchema = Type.Object(
  {
    currentPassword: Type.String({ minLength: 1, maxLength: 1024 }),
    newPassword: Type.String({ minLength: 1, maxLength: 1024, description: '8 to 1024 bytes' }),
  },
  { additionalProperties: false },
);

export const UserSchema = Type.Object({
  id: Type.String({ format: 'uuid' }),
  email: Type.String(),
  isOperator: Type.Boolean({ description: 'May see workers and queues, and pause queues' }),
  createdAt: Type.String({ format: 'date-time' }),
});

export const SessionSchema = Type.Object(
  {
    token: Type.String({ description: 'The access token, a JWT' }),
    accessToken: Type.String({ description: 'The same as token' }),
    tokenType: Type.Literal('Bearer'),
    expiresIn: Type.Integer({ description: 'Seconds' }),
    refreshToken: Type.String({ description: 'Works once' }),
    user: UserSchema,
  },
  { $id: 'Session', title: 'Session' },
);
