import { Type } from 'typebox';

export const ProblemSchema = Type.Object(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.String({ description: 'Stable; docs/errors.md lists all of them' }),
    hint: Type.String({ description: 'What to do about it' }),
    requestId: Type.String(),
    issues: Type.Array(Type.Object({ path: Type.String({ description: 'JSON pointer' }), message: Type.String() })),
    error: Type.String(),
    message: Type.String(),
    path: Type.String(),
    timestamp: Type.String({ format: 'date-time' }),
  },
  { $id: 'Problem', title: 'Problem (RFC 9457)' },
);
