import type { APIPromise } from './api-promise.ts';
import { type Caller, pathOf } from './calls.ts';
import type { WorkerDetails, WorkerInfo } from './contract.ts';
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

  /** One worker, with what it runs now. Throws `NotFoundError` for one that there is not, or that ended long ago. */
  get(id: number, options: RequestOptions = {}): APIPromise<WorkerDetails> {
    return this.#calls.get('workers.get', pathOf('workers', id), options);
  }

  /**
   * It takes no more jobs, ends those that it runs within its shutdown grace, gives the others back, and then ends itself. It
   * learns of it within 5 s. Fine to repeat. Throws `NotFoundError` when it has ended already.
   *
   * @example
   * const [worker] = (await ct.workers.list()).data;
   * if (worker) await ct.workers.drain(worker.id, { reason: 'kernel update' });
   */
  drain(
    id: number,
    {
      reason,
      ...options
    }: RequestOptions & {
      /** At most 500 characters. */
      reason?: string;
    } = {},
  ): APIPromise<WorkerInfo> {
    return this.#calls.act('workers', id, 'drain', {
      ...options,
      body: { reason },
      idempotent: true,
    });
  }
}
