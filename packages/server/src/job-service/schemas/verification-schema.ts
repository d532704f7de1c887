import { JOB_STATUSES } from '@cloudtask/sdk/contract';
import { Type } from 'typebox';
import { time } from './job-schema.ts';

const count = (description: string) => Type.Integer({ minimum: 0, description });

export const VerificationSchema = Type.Object({
  checkedAt: time(),
  ms: count('How long it took'),
  jobs: Type.Object(Object.fromEntries(JOB_STATUSES.map((status) => [status, count('Stored jobs of all accounts')]))),
  checks: Type.Array(
    Type.Object({
      id: Type.String({ description: 'As in the description of the protocol' }),
      promise: Type.String({ description: 'What holds of every stored job' }),
      violations: count('Among those shown'),
    }),
  ),
  violations: Type.Array(
    Type.Object({
      check: Type.String(),
      jobId: Type.String({ format: 'uuid' }),
      what: Type.String({ description: 'What is wrong with this job' }),
    }),
    { description: 'The first 100' },
  ),
  isComplete: Type.Boolean({ description: 'False: there are more violations than are shown' }),
});
