import { JOB_STATUSES, type JobStatus } from '@cloudtask/sdk/contract';
import { Flags } from '@oclif/core';
import { closest } from '../closest.ts';
import { usageError } from '../errors/cli-error.ts';

/** Which jobs: the same words wherever many are meant. */
export const jobFilterFlags = {
  status: Flags.string({ char: 's', description: `one or more of ${JOB_STATUSES.join(', ').toLowerCase()}` }),
  type: Flags.string({ char: 't', description: 'one or more types' }),
  queue: Flags.string({ char: 'Q', description: 'only of this queue' }),
  tag: Flags.string({ description: 'only with this tag' }),
  q: Flags.string({ description: 'only with this text in type, payload or error' }),
  since: Flags.string({ description: 'submitted after: 24h, or a time' }),
  until: Flags.string({ description: 'submitted before: 24h, or a time' }),
  cause: Flags.string({ description: 'only failures of this cause (cloudtask failures list)' }),
};

export interface JobFilterFlags {
  status?: string | undefined;
  type?: string | undefined;
  queue?: string | undefined;
  tag?: string | undefined;
  q?: string | undefined;
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
  since?: string;
  until?: string;
  fingerprint?: string;
}

/** The flags as the API's filter; without members when none was given. */
export function jobFilterOf({ status, type, queue, tag, q, since, until, cause }: JobFilterFlags): ChosenJobs {
  return {
    ...(status !== undefined && { status: parseStatuses(status) }),
    ...(type !== undefined && { type }),
    ...(queue !== undefined && { queue }),
    ...(tag !== undefined && { tag }),
    ...(q !== undefined && { q }),
    ...(since !== undefined && { since }),
    ...(until !== undefined && { until }),
    ...(cause !== undefined && { fingerprint: cause }),
  };
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
