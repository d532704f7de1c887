import { type CloudTask, type Job, type Json, ValidationError } from '@cloudtask/sdk';
import { closest } from './closest.ts';
import { forgetTypes, type KnownTypes } from './known-types.ts';
import { rememberLastJob } from './last-job.ts';
import type { Output } from './output.ts';
import type { PreparedJob } from './prepare-job.ts';
import { nodeOf } from './schema-variants.ts';
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
  if (warnings.length > 0) await suggestNames({ out, types }, { type, queue: options.queue });
  return { job, isReplayed: response.headers.get('idempotency-replayed') === 'true' };
}

/** A warning that no worker is there is often a typing error, in the type or in the queue. */
async function suggestNames(
  { out, types }: { out: Output; types: KnownTypes },
  { type, queue }: { type: string; queue: string | undefined },
): Promise<void> {
  const known = await types.all();
  const names = known.map((each) => each.type);
  const meant = names.includes(type) ? undefined : closest(type, names);
  if (meant !== undefined) out.say(`  Did you mean ${printable(meant)}?`);
  if (queue === undefined) return;
  const queues = known.map(({ defaults }) => queueOf(defaults)).filter((each) => each !== undefined);
  const line = queues.includes(queue) ? undefined : closest(queue, ['default', ...queues]);
  if (line !== undefined && line !== queue) out.say(`  Did you mean --queue ${printable(line)}?`);
}

/** The queue that a type runs in by default: what everybody may know of queues, which are the operators' business. */
function queueOf(defaults: Json): string | undefined {
  const { queue } = nodeOf(defaults);
  return typeof queue === 'string' ? queue : undefined;
}
