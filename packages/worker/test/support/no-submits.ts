import type { JobContextDeps } from '../../src/job-context.ts';

/** For handlers that make no jobs: one that does shows up as a failure. */
export const noSubmits: JobContextDeps['submitItems'] = () => Promise.reject(new Error('this handler makes no jobs'));
