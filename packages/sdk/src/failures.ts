import type { APIPromise } from './api-promise.ts';
import type { Caller } from './calls.ts';
import type { FailureCause, JobAction, JobActionPreview } from './failures-contract.ts';
import { type CancelManyOptions, type ManyFilter, startAction } from './job-actions.ts';
import type { PagePromise } from './pages.ts';
import type { RequestOptions } from './request.ts';

/** Which failures to count. */
export interface FailureFilter {
  type?: string | string[];
  /** Failed at or after this time, or this long ago: `"24h"`. */
  since?: Date | string;
  /** True: only those that were discarded. Default: all but these. */
  discarded?: boolean;
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

  /**
   * Says of all `FAILED` jobs that the filter chooses that they need nothing more: they stay `FAILED` and are kept as long,
   * `list` and retries by a filter leave them out. A job that fails again is a new failure. Else as `ct.jobs.retryMany`.
   *
   * @example
   * await ct.failures.discard({ fingerprint }, { reason: 'bad import' });
   */
  discard(filter: ManyFilter, options: CancelManyOptions & { dryRun: true }): APIPromise<JobActionPreview>;
  discard(filter: ManyFilter, options?: CancelManyOptions & { dryRun?: false }): APIPromise<JobAction>;
  discard(filter: ManyFilter, options?: CancelManyOptions & { dryRun?: boolean }) {
    return startAction(this.#calls, 'failures.discard', 'discard', filter, options);
  }

  /** Takes the `discard` of all jobs that the filter chooses back. */
  restore(filter: ManyFilter, options: RestoreOptions & { dryRun: true }): APIPromise<JobActionPreview>;
  restore(filter: ManyFilter, options?: RestoreOptions & { dryRun?: false }): APIPromise<JobAction>;
  restore(filter: ManyFilter, options?: RestoreOptions & { dryRun?: boolean }) {
    return startAction(this.#calls, 'failures.restore', 'restore', filter, options);
  }
}

/** How many failures are restored. */
export type RestoreOptions = Omit<CancelManyOptions, 'reason'>;
