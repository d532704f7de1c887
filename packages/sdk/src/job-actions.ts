import type { APIPromise } from './api-promise.ts';
import { type Caller, pathOf } from './calls.ts';
import type { JobAction, JobActionFilter, JobActionKind } from './failures-contract.ts';
import type { PagePromise } from './pages.ts';
import type { RequestOptions } from './request.ts';

/** Which jobs an action is about: all conditions are met. At least one is needed, or `all`. `fingerprint` is that of a cause. */
export interface ManyFilter extends Omit<JobActionFilter, 'since' | 'until'> {
  /** Created at or after this time, or this long ago: `"24h"`. */
  since?: Date | string;
  /** Created before this time, or this long ago. */
  until?: Date | string;
}

/** How many jobs are cancelled, or failures discarded. */
export interface CancelManyOptions extends RequestOptions {
  /** Noted at the jobs. At most 500 characters. */
  reason?: string;
  /** At most so many jobs per second: `5` or `"5/s"`. Default: as fast as it goes. */
  rate?: number | `${number}/s`;
}

/** How many jobs are retried. */
export interface RetryManyOptions extends RequestOptions {
  /** 1…100: first so many, and the others only when all of these have completed. */
  canary?: number;
  /** At most so many jobs per second: `5` or `"5/s"`. Default: as fast as it goes. */
  rate?: number | `${number}/s`;
}

/**
 * What is done to many jobs: `ct.jobs.retryMany()`, `cancelMany()`, `ct.failures.discard()` and `restore()` start it, the
 * scheduler carries it out.
 */
export class JobActions {
  readonly #calls: Caller;

  constructor(calls: Caller) {
    this.#calls = calls;
  }

  /** Newest first. */
  list({ limit, ...options }: RequestOptions & { limit?: number } = {}): PagePromise<JobAction> {
    return this.#calls.list('jobs.actions.list', '/jobs/actions', { ...options, query: { limit } });
  }

  /** How far it is: `state`, `done`, `skipped`. */
  get(id: string, options: RequestOptions = {}): APIPromise<JobAction> {
    return this.#calls.get('jobs.actions.get', pathOf('jobs/actions', id), options);
  }

  /** What it has done stays done. Throws `ConflictError` (`ACTION_ENDED`) when it has ended already. */
  stop(id: string, options: RequestOptions = {}): APIPromise<JobAction> {
    return this.#calls.post('jobs.actions.stop', `${pathOf('jobs/actions', id)}/stop`, options);
  }
}

/** Starts an action, or counts what it would be about. The answer is typed by the caller, who knows which. */
export function startAction(
  calls: Caller,
  operation: string,
  action: JobActionKind,
  filter: ManyFilter,
  { dryRun, canary, rate, reason, ...options }: RetryManyOptions & CancelManyOptions & { dryRun?: boolean } = {},
): APIPromise<never> {
  return calls.post(operation, '/jobs/actions', {
    ...options,
    // Undefined members and dates become what JSON makes of them: nothing, and ISO 8601.
    body: { action, filter, dryRun, canary, rate, reason },
    // The server knows no key for actions: a second one would retry the same jobs beside the first, at twice the rate.
    idempotent: dryRun === true,
  });
}
