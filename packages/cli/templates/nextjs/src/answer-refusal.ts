import { CloudTaskError } from '@cloudtask/sdk';

const STATUSES: Record<string, number> = { INVALID_PAYLOAD: 400, JOB_NOT_FOUND: 404 };

/** What the caller can mend is told; anything else from CloudTask means that jobs cannot be taken now. */
export function answerRefusal(error: unknown): Response {
  if (!(error instanceof CloudTaskError)) throw error;
  const status = STATUSES[error.code] ?? 503;
  if (status === 503) console.error(error);
  return Response.json({ error: error.code }, { status });
}
