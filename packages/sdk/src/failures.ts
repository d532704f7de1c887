import type { FailureCause } from './failures-contract.ts';
import { listOf, type PagePromise } from './pages.ts';
import type { Requester, RequestOptions } from './request.ts';

/** Which failures to count. */
export interface FailureFilter {
  type?: string | string[];
  /** Failed at or after this time, or this long ago: `"24h"`. */
  since?: Date | string;
  /** Causes per page. Default 100, at most 1,000. */
  limit?: number;
  cursor?: string;
}

/** The account's `FAILED` jobs by cause. */
export class Failures {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /**
   * The causes, the one that struck last first. To run the jobs of one again: `ct.jobs.retryMany({ fingerprint })`.
   *
   * @example
   * for await (const { count, type, error } of ct.failures.list({ since: '24h' })) console.log(count, type, error?.message);
   */
  list(filter: FailureFilter = {}, options: RequestOptions = {}): PagePromise<FailureCause> {
    const call = { operation: 'failures.list', method: 'GET', path: '/failures', query: { ...filter } } as const;
    return listOf(this.#requester, { ...options, ...call });
  }
}
