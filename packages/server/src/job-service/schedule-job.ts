import type { JobRequest } from '@cloudtask/core/submission/job-request';
import type { KnownType } from '@cloudtask/core/submission/known-types';
import type { SubmitJobBody } from '@cloudtask/core/submission/submit-schema';
import { toJobRequest } from '@cloudtask/core/submission/to-job-request';
import type { ScheduleRow } from '../store/schedules.ts';
import { asProblem } from './problem.ts';
import type { Refusal } from './store-in-transaction.ts';

export type ScheduledJob = { request: JobRequest } | { refusal: Refusal };

/**
 * What a schedule submits: read as a body of `POST /jobs` would be, with the defaults that its type has now. Or why that
 * would be refused.
 */
export function readScheduledJob(schedule: ScheduleRow, type: KnownType | undefined, nowMs: number): ScheduledJob {
  const { userId, payload } = schedule;
  try {
    const request = toJobRequest({ userId, body: bodyOf(schedule), defaults: type?.defaults, nowMs });
    const [misfit] = type?.checkPayload(payload) ?? [];
    if (!misfit) return { request };
    return { refusal: { code: 'INVALID_PAYLOAD', message: `${misfit.path} ${misfit.message}.` } };
  } catch (error) {
    const problem = asProblem(error);
    if (problem) return { refusal: { code: problem.code, message: problem.message } };
    throw error;
  }
}

/** The body of `POST /jobs` that a schedule stands for. Its options were checked by the same schema when it was made. */
export function bodyOf({
  type,
  payload,
  jobOptions,
}: Pick<ScheduleRow, 'type' | 'payload' | 'jobOptions'>): SubmitJobBody {
  return { ...jobOptions, type, payload } as SubmitJobBody;
}
