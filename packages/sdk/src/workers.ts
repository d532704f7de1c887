import type { WorkerInfo } from './contract.ts';
import { listOf, type PagePromise } from './pages.ts';
import type { Requester, RequestOptions } from './request.ts';

/** The processes that run handlers, for operators; others get `PermissionDeniedError`. */
export class Workers {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** Those that run now, newest first; with `all`, the last 100, also those that are gone. */
  list({ all, ...options }: RequestOptions & { all?: boolean } = {}): PagePromise<WorkerInfo> {
    const call = { operation: 'workers.list', method: 'GET', path: '/workers', query: { all } } as const;
    return listOf(this.#requester, { ...options, ...call });
  }
}
