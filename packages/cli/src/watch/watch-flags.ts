import type { parseDuration } from '@cloudtask/sdk/duration';
import { Flags } from '@oclif/core';
import { durationFlag } from '../duration-flag.ts';
import { usageError } from '../errors/cli-error.ts';
import { jobFilterFlags } from '../jobs/job-filter-flags.ts';
import type { WatchedMatches, WatchWish } from './watch-wish.ts';

const { type, queue, tag, since } = jobFilterFlags;

/** Which jobs `watch` follows, up to when, and what it shows of them. */
export const watchFlags = {
  type,
  queue,
  tag,
  since,
  last: Flags.integer({ description: 'only the newest, so many', min: 1, max: 1_000 }),
  'until-done': Flags.boolean({ description: 'until all have ended (default for named jobs and --last)' }),
  'fail-fast': Flags.boolean({ description: 'until the first one ends that did not complete' }),
  timeout: durationFlag({ description: 'watch no longer than this' }),
  logs: Flags.boolean({
    description: 'show what the jobs say, too (default for one job on a terminal)',
    allowNo: true,
  }),
  from: Flags.option({
    description: 'of what they say: all (default with --logs), or that of the attempt that runs',
    options: ['start', 'now'] as const,
  })(),
  compact: Flags.boolean({ description: 'less of each job, and no jobs that have ended' }),
  notify: Flags.boolean({ description: 'ring the bell of the terminal at the end' }),
};

export interface WatchFlags {
  type?: string | undefined;
  queue?: string | undefined;
  tag?: string | undefined;
  since?: string | undefined;
  last?: number | undefined;
  'until-done': boolean;
  'fail-fast': boolean;
  timeout?: Parameters<typeof parseDuration>[0] | undefined;
  logs?: boolean | undefined;
  from?: 'start' | 'now' | undefined;
}

/** As many as a table could ever need; the newest of them. */
const MOST_MATCHES = 1_000;

/** What the flags choose; null when they choose nothing, so that jobs have to be named. */
export function matchesOf(flags: WatchFlags): WatchedMatches | null {
  const { type, queue, tag, since, last } = flags;
  const filter = {
    ...(type !== undefined && { type }),
    ...(queue !== undefined && { queue }),
    ...(tag !== undefined && { tag }),
    ...(since !== undefined && { since }),
  };
  if (Object.keys(filter).length === 0 && last === undefined) return null;
  // Those that are the last ones now are a list, not a filter: nothing joins it.
  return { kind: 'matches', filter, limit: last ?? MOST_MATCHES, isOpen: !flags['until-done'] && last === undefined };
}

/** Jobs are named or chosen by flags: one of the two. */
export function refuseBoth(words: readonly string[], matches: WatchedMatches | null): void {
  if (words.length > 0 !== (matches !== null)) return;
  throw usageError(matches === null ? 'which jobs?' : 'name jobs or a filter, not both', {
    why: 'A job is named by its id, the end of its id, or @last; many are chosen by flags such as --type and --last.',
    tryThis: 'cloudtask help watch',
  });
}

export function wishOf(flags: WatchFlags, which: WatchWish['which'], isScreen: boolean): WatchWish {
  const isOne = which.kind === 'ids' && which.ids.length === 1;
  return {
    which,
    logs: flags.logs ?? (isScreen && isOne),
    from: flags.from ?? (flags.logs === true ? 'start' : 'now'),
    failFast: flags['fail-fast'],
  };
}
