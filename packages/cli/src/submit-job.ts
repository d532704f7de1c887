import type { CloudTask, CreateOptions, Job, Json } from '@cloudtask/sdk';
import { closest } from './closest.ts';
import { rememberLastJob } from './last-job.ts';
import type { Output } from './output.ts';
import { printable } from './views/printable.ts';

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
  { ct, out, folder }: { ct: CloudTask; out: Output; folder: string },
  { type, payload, options }: { type: string; payload: Json | undefined; options: CreateOptions },
): Promise<Submitted> {
  const { data, response } = await ct.jobs.create(type, payload, options).withResponse();
  const job: Accepted = data;
  await rememberLastJob(folder, ct.url, job.id);
  const { warnings = [] } = job;
  for (const { message } of warnings) out.say(`${out.sayStyle.yellow('!')} ${printable(message)}`);
  if (warnings.length > 0) await suggestType({ ct, out }, type);
  return { job, isReplayed: response.headers.get('idempotency-replayed') === 'true' };
}

/** A warning about a type is often a typing error. */
async function suggestType({ ct, out }: { ct: CloudTask; out: Output }, type: string): Promise<void> {
  const known = await ct.types.list({ maxRetries: 0, timeout: '2s' }).safe();
  const names = known.ok ? known.data.data.map((each) => each.type) : [];
  const meant = names.includes(type) ? undefined : closest(type, names);
  if (meant !== undefined) out.say(`  Did you mean ${printable(meant)}?`);
}
