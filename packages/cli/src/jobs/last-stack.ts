import type { CloudTask, Job, JobLog } from '@cloudtask/sdk';

/** The handler may have said more after it had failed. */
const LOOKED_AT = 20;

/** Where the newest attempt of a job failed: a frame a line; null when nobody knows, or may know. */
export async function lastStack(ct: CloudTask, { id, attempt, error }: Job): Promise<string | null> {
  if (error === null || attempt === 0) return null;
  const asked = await ct.jobs.logs(id, { level: 'error', attempt, order: 'newest', limit: LOOKED_AT }).safe();
  return (asked.ok && asked.data.data.map(stackOf).find((stack) => stack !== null)) || null;
}

/** The frames that a line of a log has. */
export function stackOf({ fields }: JobLog): string | null {
  const stack = fields?.['stack'];
  return typeof stack === 'string' ? stack : null;
}
