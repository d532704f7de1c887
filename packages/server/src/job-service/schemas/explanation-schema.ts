import { JOB_STATUSES } from '@cloudtask/sdk/contract';
import { Type } from 'typebox';
import { time } from './job-schema.ts';

const CheckSchema = Type.Object({
  code: Type.String({ description: 'Stable; docs/explain.md lists all', examples: ['QUEUE_PAUSED'] }),
  ok: Type.Boolean({ description: 'False: it keeps the job from running, or may do so' }),
  message: Type.String(),
  hint: Type.Optional(Type.String()),
  command: Type.Optional(Type.String({ description: 'A command or a call of this API that helps' })),
});

export const ExplanationSchema = Type.Object({
  jobId: Type.String({ format: 'uuid' }),
  status: Type.Enum([...JOB_STATUSES]),
  verdict: Type.Enum(['running', 'waiting', 'blocked', 'finished']),
  summary: Type.String(),
  checks: Type.Array(CheckSchema, { description: 'The first that is not ok is the reason' }),
  next: Type.Union([
    Type.Object({ what: Type.Enum(['due', 'retry', 'resume', 'expire', 'timeout']), at: time() }),
    Type.Null(),
  ]),
  retries: Type.Array(Type.Object({ attempt: Type.Integer(), at: time(), delayMs: Type.Integer() }), {
    description: 'The attempts that are left, if each fails at once after the longest of its delays',
  }),
});
