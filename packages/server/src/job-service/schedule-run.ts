import type { ScheduleRow } from '../store/schedules.ts';
import type { KnownType } from './known-types.ts';
import { ApiProblem } from './problem.ts';
import type { SubmitJobBody } from './schemas/submit-schema.ts';
import type { JobRequest } from './submit-job.ts';
import { toJobRequest } from './to-job-request.ts';

export type RunRequest = { request: JobRequest } | { refusal: string };

/**
 * What a schedule submits: read as a body of `POST /jobs` would be, with the defaults that its type has now. Or why that
 * would be refused, as code and sentence.
 */
export function readRun(schedule: ScheduleRow, type: KnownType | undefined, nowMs: number): RunRequest {
  const { userId, payload, jobOptions } = schedule;
  // Checked by the same schema when the schedule was made.
  const body = { ...jobOptions, type: schedule.type, payload } as SubmitJobBody;
  try {
    const request = toJobRequest({ userId, body, defaults: type?.defaults, nowMs });
    const [misfit] = type?.checkPayload(payload) ?? [];
    return misfit ? { refusal: `INVALID_PAYLOAD: ${misfit.path} ${misfit.message}` } : { request };
  } catch (error) {
    if (error instanceof ApiProblem) return { refusal: `${error.code}: ${error.message}` };
    throw error;
  }
}
