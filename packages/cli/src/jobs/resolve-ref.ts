import { type CloudTask, ConflictError } from '@cloudtask/sdk';
import { CliError, usageError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { isJobId } from './is-job-id.ts';
import { lastJob } from './last-job.ts';

/** The id that a reference means: an id, the end of one, or `@last`. */
export async function resolveRef(deps: { ct: CloudTask; folder: string }, ref: string): Promise<string> {
  if (ref === '@last') return resolveLast(deps);
  if (isJobId(ref)) return ref.toLowerCase();
  if (!/^[0-9a-f-]+$/i.test(ref)) {
    throw usageError(`${ref} is no job`, { why: 'A job is named by its id, the end of its id, or @last.' });
  }
  return resolveSuffix(deps, ref.toLowerCase());
}

async function resolveLast({ ct, folder }: { ct: CloudTask; folder: string }): Promise<string> {
  const id = await lastJob(folder, ct.url);
  if (id !== undefined) return id;
  throw new CliError('@last means no job yet', {
    code: 'JOB_NOT_FOUND',
    exit: EXIT.notFound,
    why: `Nothing was submitted to ${ct.url} from here.`,
    tryThis: 'cloudtask jobs list',
  });
}

async function resolveSuffix({ ct }: { ct: CloudTask }, ref: string): Promise<string> {
  if (ref.length < MIN_REF)
    throw usageError(`${ref} is too short for a job`, { why: `Use the last ${MIN_REF} characters of its id or more.` });
  const { data } = await ct.jobs.list({ ref }).catch((error: unknown) => {
    throw error instanceof ConflictError ? ambiguous(ref, error) : error;
  });
  const [job] = data;
  if (job) return job.id;
  throw new CliError(`none of your latest jobs ends with ${ref}`, {
    code: 'JOB_NOT_FOUND',
    exit: EXIT.notFound,
    why: 'Only your latest 1,000 jobs can be named by their end; older ones need the whole id.',
    tryThis: 'cloudtask jobs list',
  });
}

/** The server's own limit. */
const MIN_REF = 4;

function ambiguous(ref: string, { issues }: ConflictError): CliError {
  return new CliError(`several jobs end with ${ref}`, {
    code: 'AMBIGUOUS_REFERENCE',
    exit: EXIT.usage,
    why: `It ${issues.map(({ message }) => message).join(', it ')}.`,
    tryThis: 'cloudtask jobs list',
  });
}
