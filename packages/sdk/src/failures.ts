import type { Caller } from './calls.ts';
import type { FailureCause } from './failures-contract.ts';
import type { PagePromise } from './pages.ts';
import type { RequestOptions } from './request.ts';

/** Which failures to count. */
export interface FailureFilter {
  type?: string | string[];
  /** Failed at or after this time, or this long ago: `"24h"`. */
  since?: Date | string;
  /** Causes per page. Default 100, at most 1,000. */
  limit?: number;
  /** Where to go on: `nextCursor` of a page. */
  cursor?: string;
}

/** The account's `FAILED` jobs by cause. */
export class Failures {
  readonly #calls: Caller;

  constructor(calls: Caller) {
    this.#calls = calls;
  }

  /**
   * The causes, the one that struck last first. To run the jobs of one again: `ct.jobs.retryMany({ fingerprint })`.
   *
   * @example
   * for await (const { count, type, error } of ct.failures.list({ since: '24h' })) console.log(count, type, error?.message);
   */
  list(filter: FailureFilter = {}, options: RequestOptions = {}): PagePromise<FailureCause> {
    return this.#calls.list('failures.list', '/failures', { ...options, query: { ...filter } });
  }
}
