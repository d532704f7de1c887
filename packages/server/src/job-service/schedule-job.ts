import type { ScheduleRow } from '../store/schedules.ts';
import type { KnownType } from './known-types.ts';
import { ApiProblem } from './problem.ts';
import type { SubmitJobBody } from './schemas/submit-schema.ts';
import type { Refusal } from './store-in-transaction.ts';
import type { JobRequest } from './submit-job.ts';
import { toJobRequest } from './to-job-request.ts';

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
    if (error instanceof ApiProblem) return { refusal: { code: error.code, message: error.message } };
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
