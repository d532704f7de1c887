import type { APIPromise } from './api-promise.ts';
import type { Caller } from './calls.ts';
import type { Duration, QueueInfo, QueuePauseInfo } from './contract.ts';
import type { PagePromise } from './pages.ts';
import type { RequestOptions } from './request.ts';

/** The lines of jobs, for operators; others get `PermissionDeniedError`. */
export class Queues {
  readonly #calls: Caller;

  constructor(calls: Caller) {
    this.#calls = calls;
  }

  /** The queues that have workers, a backlog or a pause, by name. */
  list(options: RequestOptions = {}): PagePromise<QueueInfo> {
    return this.#calls.list('queues.list', '/queues', options);
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
    return this.#calls.act('queues', name, 'pause', {
      ...options,
      body: { reason, for: duration },
      idempotent: true,
    });
  }

  /** Its jobs are started again. Fine to repeat. */
  resume(name: string, options: RequestOptions = {}): APIPromise<void> {
    return this.#calls.act('queues', name, 'resume', { ...options, idempotent: true });
  }
}
