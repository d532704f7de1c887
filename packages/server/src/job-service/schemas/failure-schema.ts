import { FAILURE_REASONS } from '@cloudtask/sdk/contract';
import { Type } from 'typebox';
import { orNull, time } from './job-schema.ts';

export const FailureCauseSchema = Type.Object(
  {
    fingerprint: Type.String({ description: 'Equal for failures with the same cause' }),
    type: Type.String(),
    reason: orNull(Type.Enum([...FAILURE_REASONS])),
    error: orNull(Type.Object({ name: Type.String(), code: Type.String(), message: Type.String() })),
    count: Type.Integer({
      description: 'Jobs that are FAILED for this cause now, without the discarded, or only these',
    }),
    firstAt: time(),
    lastAt: time(),
    newestJobId: Type.String({
      format: 'uuid',
      description: 'The job that failed last; error, reason, discardedAt and discardReason are its',
    }),
    discardedAt: orNull(time(), 'When that job was discarded; null without ?discarded=true'),
    discardReason: orNull(Type.String()),
  },
  { $id: 'FailureCause', title: 'Cause of failures' },
);
