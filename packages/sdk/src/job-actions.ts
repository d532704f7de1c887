import { type APIPromise, startCall } from './api-promise.ts';
import type { JobAction, JobActionFilter, JobActionPreview, StartJobAction } from './failures-contract.ts';
import { listOf, type PagePromise } from './pages.ts';
import type { Requester, RequestOptions } from './request.ts';

/** Which jobs an action is about: all conditions are met. At least one is needed, or `all`. */
export interface ManyFilter extends Omit<JobActionFilter, 'since' | 'until'> {
  /** Created at or after this time, or this long ago: `"24h"`. */
  since?: Date | string;
  /** Created before this time, or this long ago. */
  until?: Date | string;
}

/** How many jobs are cancelled. */
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

/** Retries and cancellations of many jobs: `ct.jobs.retryMany()` and `cancelMany()` start them, the scheduler carries them out. */
export class JobActions {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Newest first. */
  list({ limit, ...options }: RequestOptions & { limit?: number } = {}): PagePromise<JobAction> {
    const call = { operation: 'jobs.actions.list', method: 'GET', path: '/jobs/actions', query: { limit } } as const;
    return listOf(this.#requester, { ...options, ...call });
  }

  /** How far it is: `state`, `done`, `skipped`. */
  get(id: string, options: RequestOptions = {}): APIPromise<JobAction> {
    const call = { operation: 'jobs.actions.get', method: 'GET', path: pathOf(id) } as const;
    return startCall(this.#requester, { ...options, ...call });
  }

  /** What it has done stays done. Throws `ConflictError` (`ACTION_ENDED`) when it has ended already. */
  stop(id: string, options: RequestOptions = {}): APIPromise<JobAction> {
    const call = { operation: 'jobs.actions.stop', method: 'POST', path: `${pathOf(id)}/stop` } as const;
    return startCall(this.#requester, { ...options, ...call });
  }
}

/** Starts an action, or counts what it would be about. */
export function startAction(
  requester: Requester,
  { operation, ...body }: Pick<StartJobAction, 'action'> & { operation: string; filter: ManyFilter },
  { dryRun, canary, rate, reason, ...options }: RetryManyOptions & CancelManyOptions & { dryRun?: boolean },
): APIPromise<JobAction | JobActionPreview> {
  return startCall(requester, {
    ...options,
    operation,
    method: 'POST',
    path: '/jobs/actions',
    // Undefined members and dates become what JSON makes of them: nothing, and ISO 8601.
    body: { ...body, dryRun, canary, rate, reason },
    // The server knows no key for actions: a second one would retry the same jobs beside the first, at twice the rate.
    idempotent: dryRun === true,
  });
}

function pathOf(id: string): string {
  return `/jobs/actions/${encodeURIComponent(id)}`;
}
