import type { CloudTask } from '@cloudtask/sdk';
import { Args } from '@oclif/core';
import { usageError } from '../errors/cli-error.ts';
import { type Among, findCause } from './find-cause.ts';
import { type ChosenJobs, type JobFilterFlags, jobFilterFlags, jobFilterOf } from './job-filter-flags.ts';

const { type, queue, tag, q, since, until } = jobFilterFlags;
/** Which failures, beside their causes. */
export const failureFilterFlags = { type, queue, tag, q, since, until };

export const causesArg = {
  cause: Args.string({ description: 'causes, or their beginnings', ignoreStdin: true }),
};

/** The failures of these causes that the flags choose; of all causes when none is named. */
export async function chooseFailures(
  ct: CloudTask,
  {
    causes,
    flags,
    among,
    command,
  }: { causes: readonly string[]; flags: JobFilterFlags; among: Among; command: string },
): Promise<ChosenJobs> {
  const filter = jobFilterOf(flags);
  if (causes.length === 0 && Object.keys(filter).length === 0)
    throw usageError('which failures?', {
      why: 'A cause is named by its beginning, as failures list shows it; many are chosen by flags such as --type.',
      tryThis: `cloudtask help ${command}`,
    });
  const fingerprints: string[] = [];
  for (const cause of causes) fingerprints.push((await findCause(ct, cause, among)).fingerprint);
  return { ...filter, ...(fingerprints.length > 0 && { fingerprint: fingerprints.join(',') }) };
}
