import type { Json } from './contract.ts';
import type { JobDefinition, PayloadOf } from './define-job.ts';
import type { CreateManyResult, Item, JobSettings, TypedJob } from './job-types.ts';

/** How a job that a handler makes is to run. */
export interface ChildOptions extends JobSettings {
  /**
   * What the call is known by when the handler runs again: with the same key it gives the job that it made before. Default: the
   * place of the call among those of the handler, so make them in the same order each time. For calls whose order may change
   * give keys. 1 to 200 printable ASCII characters, unique among all jobs of the account within 24 hours.
   */
  idempotencyKey?: string;
}

/**
 * Makes jobs from within a handler. They belong to the account of its job, have its id as `parentId` and go on with its trace.
 *
 * A handler may run more than once – a retry, a worker that died – and makes its jobs once all the same: the n-th call of a
 * later run gives the job that the n-th call made before, within 24 hours. A payload that has changed in between is refused
 * with `IDEMPOTENCY_KEY_REUSED`.
 *
 * Nothing waits for them: a handler that waits for jobs keeps a slot that they may need. Jobs are only made while the attempt
 * runs, so await each call; afterwards, and on a worker that has lost its job, `create` throws `ATTEMPT_IS_OVER` and `createMany`
 * answers it for each item.
 */
export interface ChildJobs {
  /**
   * Submits a job, and gives it as it was accepted: when the promise resolves it is stored.
   *
   * @example
   * export default defineHandler(renderBook, async ({ pages }, { jobs }) => {
   *   for (let page = 1; page <= pages; page += 1) await jobs.create(renderPage, { page });
   * });
   *
   * @throws PayloadValidationError when the payload does not fit the definition; `CloudTaskError` with the codes of
   * docs/errors.md, as the API would answer.
   */
  create<D extends JobDefinition>(job: D, payload: PayloadOf<D>, options?: ChildOptions): Promise<TypedJob<D>>;
  create(type: string, payload?: Json, options?: ChildOptions): Promise<TypedJob>;
  /** Submits any number of jobs of one type; each has an outcome of its own, in the order of the items. */
  createMany<D extends JobDefinition>(
    job: D,
    items: Iterable<Item<D>> | AsyncIterable<Item<D>>,
    options?: JobSettings,
  ): Promise<CreateManyResult<D>[]>;
  createMany(
    type: string,
    items: Iterable<Item<JobDefinition>> | AsyncIterable<Item<JobDefinition>>,
    options?: JobSettings,
  ): Promise<CreateManyResult[]>;
}
