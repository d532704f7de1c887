import { JOB_STATUSES, type JobStatus } from '@cloudtask/sdk/contract';
import { Flags } from '@oclif/core';
import { closest } from '../closest.ts';
import { usageError } from '../errors/cli-error.ts';
import { sinceFlag } from '../time-flag.ts';

/** Which jobs: the same words wherever many are meant. */
export const jobFilterFlags = {
  status: Flags.string({ char: 's', description: `one or more of ${JOB_STATUSES.join(', ').toLowerCase()}` }),
  type: Flags.string({ char: 't', description: 'one or more types' }),
  queue: Flags.string({ char: 'Q', description: 'only of this queue' }),
  tag: Flags.string({ description: 'only with this tag' }),
  q: Flags.string({ description: 'only with this text in type, payload or error' }),
  error: Flags.string({ description: "only with this text in the error's name, code or message" }),
  worker: Flags.string({ description: 'only whose newest attempt ran on this worker: its name or host' }),
  'min-attempt': Flags.integer({ description: 'only with so many attempts, or more', min: 1, max: 1_000 }),
  since: sinceFlag({ description: 'submitted after: 24h, or a time' }),
  until: sinceFlag({ description: 'submitted before: 24h, or a time' }),
  cause: Flags.string({ description: 'only failures of this cause (cloudtask failures list)' }),
};

/** Where a field is no part of a payload that is sent. */
export const fieldFilterFlag = {
  field: Flags.string({
    char: 'f',
    description: 'only with this in the payload: to=ada@example.com, n:=3, tags[]=a; repeat it',
    helpValue: 'FIELD',
    multiple: true,
    multipleNonGreedy: true,
  }),
};

export interface JobFilterFlags {
  status?: string | undefined;
  type?: string | undefined;
  queue?: string | undefined;
  tag?: string | undefined;
  q?: string | undefined;
  error?: string | undefined;
  worker?: string | undefined;
  'min-attempt'?: number | undefined;
  since?: string | undefined;
  until?: string | undefined;
  cause?: string | undefined;
}

export interface ChosenJobs {
  status?: JobStatus[];
  type?: string;
  queue?: string;
  tag?: string;
  q?: string;
  error?: string;
  worker?: string;
  minAttempt?: number;
  field?: string[];
  since?: string;
  until?: string;
  fingerprint?: string;
}

/** The flags as the API's filter; without members when none was given. */
export function jobFilterOf(flags: JobFilterFlags): ChosenJobs {
  const { status, type, queue, tag, q, error, worker, 'min-attempt': minAttempt, since, until, cause } = flags;
  return {
    ...(status !== undefined && { status: parseStatuses(status) }),
    ...(type !== undefined && { type }),
    ...(queue !== undefined && { queue }),
    ...(tag !== undefined && { tag }),
    ...(q !== undefined && { q }),
    ...(error !== undefined && { error }),
    ...(worker !== undefined && { worker }),
    ...(minAttempt !== undefined && { minAttempt }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(cause !== undefined && { fingerprint: cause }),
  };
}

/** The same, with the conditions of `fieldFilterFlag`. */
export function jobAndFieldFilterOf(flags: JobFilterFlags & { field?: string[] | undefined }): ChosenJobs {
  return { ...jobFilterOf(flags), ...(flags.field && { field: flags.field }) };
}

function parseStatuses(list: string): JobStatus[] {
  return list.split(',').map((each) => {
    const wanted = each.trim().toUpperCase();
    const status = JOB_STATUSES.find((known) => known === wanted);
    if (status) return status;
    const meant = closest(wanted, JOB_STATUSES)?.toLowerCase();
    throw usageError(`${each.trim()} is no status`, {
      why: meant === undefined ? `They are ${JOB_STATUSES.join(', ').toLowerCase()}.` : `Did you mean ${meant}?`,
    });
  });
}
