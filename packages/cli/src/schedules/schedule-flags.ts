import {
  CATCH_UP_POLICIES,
  type CreateSchedule,
  DST_GAP_POLICIES,
  DST_OVERLAP_POLICIES,
  type Duration,
  type Json,
  OVERLAP_POLICIES,
  type ScheduleTiming,
  type UpdateSchedule,
} from '@cloudtask/sdk';
import { Args, Flags } from '@oclif/core';
import { durationFlag } from '../duration-flag.ts';
import type { ConvertFields, ReadSource } from '../submit/fields.ts';
import { jobOptionFlags, jobOptionsOf, payloadFlags, payloadOf } from '../submit/submission.ts';

export const scheduleArg = {
  schedule: Args.string({ description: 'name or id', required: true, ignoreStdin: true }),
};

export const timingFlags = {
  cron: Flags.string({ description: 'minute hour day month weekday, or @daily and the like', exclusive: ['every'] }),
  every: durationFlag({ description: 'at equal distances' }),
  tz: Flags.string({ description: 'zone of the cron expression (default UTC)', helpValue: 'Europe/Berlin' }),
  'dst-gap': Flags.option({
    description: 'a time that a clock change leaves out: after it, or not at all',
    options: DST_GAP_POLICIES,
  })(),
  'dst-overlap': Flags.option({
    description: 'a time that a clock change repeats: the first time, or both',
    options: DST_OVERLAP_POLICIES,
  })(),
};

export const scheduleFlags = {
  ...timingFlags,
  overlap: Flags.option({ description: 'when the last job has not ended', options: OVERLAP_POLICIES })(),
  'catch-up': Flags.option({ description: 'slots that were missed', options: CATCH_UP_POLICIES })(),
  ...payloadFlags,
  ...jobOptionFlags,
};

interface TimingInput {
  cron?: string | undefined;
  every?: Duration | undefined;
  tz?: string | undefined;
  'dst-gap'?: ScheduleTiming['dstGap'] | undefined;
  'dst-overlap'?: ScheduleTiming['dstOverlap'] | undefined;
}

export function timingOf(flags: TimingInput): ScheduleTiming {
  return {
    ...(flags.cron !== undefined && { cron: flags.cron }),
    ...(flags.every !== undefined && { every: flags.every }),
    ...(flags.tz !== undefined && { timezone: flags.tz }),
    ...(flags['dst-gap'] !== undefined && { dstGap: flags['dst-gap'] }),
    ...(flags['dst-overlap'] !== undefined && { dstOverlap: flags['dst-overlap'] }),
  };
}

type ScheduleInput = TimingInput &
  Parameters<typeof payloadOf>[1] &
  Parameters<typeof jobOptionsOf>[1] & {
    overlap?: CreateSchedule['onOverlap'] | undefined;
    'catch-up'?: CreateSchedule['catchUp'] | undefined;
  };

/** All that the flags and fields say of a schedule, and nothing else: as a change, or as a new one beside name and type. */
export async function scheduleChangesOf(
  read: ReadSource,
  flags: ScheduleInput,
  fields: readonly string[],
  more: { base?: Json; convert?: ConvertFields } = {},
): Promise<Omit<CreateSchedule, 'name' | 'type'> & UpdateSchedule> {
  const payload = await payloadOf(read, flags, fields, more);
  const { jobTimeout, ...options } = await jobOptionsOf(read, flags);
  return {
    ...timingOf(flags),
    ...options,
    ...(jobTimeout !== undefined && { timeout: jobTimeout }),
    ...(payload !== undefined && { payload }),
    ...(flags.overlap !== undefined && { onOverlap: flags.overlap }),
    ...(flags['catch-up'] !== undefined && { catchUp: flags['catch-up'] }),
  };
}
