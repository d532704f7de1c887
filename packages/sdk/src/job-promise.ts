import { APIPromise } from './api-promise.ts';
import type { JobDefinition, ResultOf } from './define-job.ts';
import type { FinishedJob, TypedJob, TypedJobEvent, WaitOptions, WatchOptions } from './job-types.ts';
import type { Answer, BodyWish } from './request.ts';
import { resultOf, waitForJob } from './wait.ts';
import { watchJob } from './watch.ts';
import type { WatchDeps } from './watch-deps.ts';

/**
 * The promise of a submitted job: await it for the job as the server accepted it, or go on with it.
 *
 * @example
 * const { messageId } = await ct.jobs.create(sendEmail, { to: 'ada@example.com' }).result({ timeout: '1m' });
 */
export class JobPromise<D extends JobDefinition> extends APIPromise<TypedJob<D>> {
  readonly #deps: WatchDeps;

  constructor(deps: WatchDeps, answer: Promise<Answer<TypedJob<D>>>, wish?: BodyWish) {
    super(answer, wish);
    this.#deps = deps;
  }

  /** The job at its end. A failed job is a value, not an exception. */
  async wait(options: WaitOptions = {}): Promise<FinishedJob<D>> {
    const { id } = await this;
    return waitForJob<D>(this.#deps, id, options);
  }

  /** The result; throws `JobFailedError`, `JobCancelledError` or `JobExpiredError` when there is none. */
  async result(options: WaitOptions = {}): Promise<ResultOf<D>> {
    return resultOf<D>(await this.wait(options));
  }

  /** The job's events up to its end. */
  async *watch(options: WatchOptions = {}): AsyncGenerator<TypedJobEvent<D>, void> {
    const { id } = await this;
    yield* watchJob(this.#deps, { ...options, id }) as AsyncGenerator<TypedJobEvent<D>, void>;
  }
}
