import { type APIPromise, startCall } from './api-promise.ts';
import type { Duration, QueueInfo, QueuePauseInfo } from './contract.ts';
import { listOf, type PagePromise } from './pages.ts';
import type { Requester, RequestOptions } from './request.ts';

/** The lines of jobs, for operators; others get `PermissionDeniedError`. */
export class Queues {
  readonly #requester: Requester;

  constructor(requester: Requester) {
    this.#requester = requester;
  }

  /** The queues that have workers, a backlog or a pause, by name. */
  list(options: RequestOptions = {}): PagePromise<QueueInfo> {
    return listOf(this.#requester, { ...options, operation: 'queues.list', method: 'GET', path: '/queues' });
  }

  /**
   * None of its jobs is started from now on; those that run go on. Of a queue that is paused it changes reason and end.
   *
   * @example
   * await ct.queues.pause('mail', { reason: 'the provider is down', for: '30m' });
   */
  pause(
    name: string,
    {
      reason,
      for: duration,
      ...options
    }: RequestOptions & {
      /** At most 500 characters. */
      reason?: string;
      /** Resumes by itself after this long, 1 s to 366 d. Default: when it is resumed. */
      for?: Duration;
    } = {},
  ): APIPromise<QueuePauseInfo> {
    return startCall(this.#requester, {
      ...options,
      operation: 'queues.pause',
      method: 'POST',
      path: `${pathOf(name)}/pause`,
      body: { ...(reason !== undefined && { reason }), ...(duration !== undefined && { for: duration }) },
      idempotent: true,
    });
  }

  /** Its jobs are started again. Fine to repeat. */
  resume(name: string, options: RequestOptions = {}): APIPromise<void> {
    const call = { operation: 'queues.resume', method: 'POST', path: `${pathOf(name)}/resume` } as const;
    return startCall(this.#requester, { ...options, ...call, idempotent: true });
  }
}

function pathOf(name: string): string {
  return `/queues/${encodeURIComponent(name)}`;
}
