import type { Settings } from '@cloudtask/core/config';
import { flag, integer, listOf, matching } from '@cloudtask/core/settings-parsers';

/** What the worker's own program has beside the settings of any worker: which jobs it is for, and when it has done enough. */
export const runSettings = {
  only: {
    env: 'CLOUDTASK_ONLY',
    flag: 'only',
    describe: 'Run jobs of these types alone, of all that there are handlers for.',
    parse: listOf(matching(/^\S+$/, 'names of types')),
    default: '',
  },
  once: {
    env: 'CLOUDTASK_ONCE',
    flag: 'once',
    describe:
      'Run what is ready, then end; what is due later stays. For cron and serverless: health and metrics have no port then.',
    parse: flag,
    default: 'false',
  },
  maxJobs: {
    env: 'CLOUDTASK_MAX_JOBS',
    flag: 'max-jobs',
    describe:
      'End after so many jobs, for handlers that leak; who starts the worker anew is up to you. Default: never.',
    parse: integer({ min: 1, max: 1_000_000_000 }),
    optional: true,
  },
} satisfies Settings;
