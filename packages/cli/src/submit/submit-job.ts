import { type CloudTask, type Job, ValidationError } from '@cloudtask/sdk';
import { rememberLastJob } from '../jobs/last-job.ts';
import type { Output } from '../output/output.ts';
import { forgetTypes, type KnownTypes } from '../schema/known-types.ts';
import { printable } from '../views/printable.ts';
import type { PreparedJob } from './prepare-job.ts';

export interface Submitted {
  job: Job;
  /** The server knew the key already: this is the job of the first time. */
  isReplayed: boolean;
}

interface Accepted extends Job {
  /** What the server wants to be known about it, such as a type that no worker handles now. */
  warnings?: { code: string; message: string }[];
}

/** Submits a job, remembers it as `@last`, and says what the server warns of. */
export async function submitJob(
  { ct, out, folder, types }: { ct: CloudTask; out: Output; folder: string; types: KnownTypes },
  { type, payload, options }: PreparedJob,
): Promise<Submitted> {
  const { data, response } = await ct.jobs
    .create(type, payload, options)
    .withResponse()
    .catch(async (error: unknown) => {
      // The schema may have changed since it was kept: the next call asks for it.
      if (error instanceof ValidationError) await forgetTypes(folder, ct.url);
      throw error;
    });
  const job: Accepted = data;
  await rememberLastJob(folder, ct.url, job.id);
  const { warnings = [] } = job;
  for (const { message } of warnings) out.say(`${out.sayStyle.yellow('!')} ${printable(message)}`);
  // A warning that no worker is there is often a typing error.
  if (warnings.length > 0) {
    const { suggestNames } = await import('./suggest-names.ts');
    await suggestNames({ out, types }, { type, queue: options.queue });
  }
  return { job, isReplayed: response.headers.get('idempotency-replayed') === 'true' };
}
