import { invalid } from '@cloudtask/core/submission/input-refused';
import type { Job } from '@cloudtask/sdk/contract';
import { JOB_FIELDS } from './schemas/job-schema.ts';

/** `id,status` as a set of members of a job. Undefined: all of them. */
export function parseFields(text: string | undefined): ReadonlySet<string> | undefined {
  if (text === undefined) return undefined;
  const fields = text.split(',').map((field) => field.trim());
  const unknown = fields.find((field) => !JOB_FIELDS.some((known) => known === field));
  if (unknown === undefined) return new Set(fields);
  throw invalid([{ path: '/fields', message: `${JSON.stringify(unknown)} is no member of a job` }], 'query');
}

export function pickFields(job: Job, fields: ReadonlySet<string> | undefined): Partial<Job> {
  if (!fields) return job;
  return Object.fromEntries(Object.entries(job).filter(([name]) => fields.has(name)));
}
