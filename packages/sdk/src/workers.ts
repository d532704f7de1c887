import type { Caller } from './calls.ts';
import type { WorkerInfo } from './contract.ts';
import type { PagePromise } from './pages.ts';
import type { RequestOptions } from './request.ts';

/** The processes that run handlers, for operators; others get `PermissionDeniedError`. */
export class Workers {
  readonly #calls: Caller;

  constructor(calls: Caller) {
    this.#calls = calls;
  }

  /** Those that run now, newest first; with `all`, the last 100, also those that are gone. */
  list({ all, ...options }: RequestOptions & { all?: boolean } = {}): PagePromise<WorkerInfo> {
    return this.#calls.list('workers.list', '/workers', { ...options, query: { all } });
  }
}
