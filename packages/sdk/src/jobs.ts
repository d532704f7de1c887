import type { APIPromise } from './api-promise.ts';
import { type Caller, callsOf, pathOf } from './calls.ts';
import type { Explanation, Job, JobEvent, Json } from './contract.ts';
import { CreateMany } from './create-many.ts';
import type { JobDefinition, PayloadOf, ResultOf } from './define-job.ts';
import type { JobAction, JobActionPreview } from './failures-contract.ts';
import { followLogs } from './follow-logs.ts';
import {
  type CancelManyOptions,
  JobActions,
  type ManyFilter,
  type RetryManyOptions,
  startAction,
} from './job-actions.ts';
import { JobPromise } from './job-promise.ts';
import type {
  CreateManyOptions,
  CreateOptions,
  FinishedJob,
  FollowLogOptions,
  Item,
  KnownType,
  ListFilter,
  LogFilter,
  Lookup,
  TypedJob,
  TypedJobEvent,
  WaitOptions,
  WatchOptions,
} from './job-types.ts';
import type { JobAttempt, JobLog, JobLogEvent } from './live-contract.ts';
import type { PagePromise } from './pages.ts';
import type { Answer, BodyWish, RequestOptions } from './request.ts';
import { toSubmitJob } from './submit-body.ts';
import { validatePayload } from './validate-payload.ts';
import { resultOf, waitForJob } from './wait.ts';
import { waitForAll } from './wait-all.ts';
import { watchJob } from './watch.ts';
import type { WatchDeps } from './watch-deps.ts';
import { type WatchFilter, watchManyJobs } from './watch-many.ts';

/** The jobs of the signed-in account. `M` are the job types that the client knows by name. */
export class Jobs<M = object> {
  /** What `retryMany` and `cancelMany` started. */
  readonly actions: JobActions;
  readonly #deps: WatchDeps;
  readonly #calls: Caller;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
    this.#calls = callsOf(deps.requester);
    this.actions = new JobActions(this.#calls);
  }

  /**
   * Submits a job. The promise gives the job as accepted; `.wait()`, `.result()` and `.watch()` on it go on from there.
   *
   * @example
   * const job = await ct.jobs.create('email', { to: 'ada@example.com', subject: 'Hi' });
   */
  create<D extends JobDefinition>(job: D, payload: PayloadOf<D>, options?: CreateOptions): JobPromise<D>;
  create<Type extends KnownType<M>>(
    type: Type,
    payload?: PayloadOf<Lookup<M, Type>>,
    options?: CreateOptions,
  ): JobPromise<Lookup<M, Type>>;
  create(job: JobDefinition | string, payload?: unknown, options: CreateOptions = {}): JobPromise<JobDefinition> {
    const wish: BodyWish = {};
    return new JobPromise(this.#deps, this.#submit(toDefinition(job), payload, { ...options, wish }), wish);
  }

  async #submit(
    job: JobDefinition,
    payload: unknown,
    { wish, ...options }: CreateOptions & { wish: BodyWish },
  ): Promise<Answer<TypedJob>> {
    await validatePayload(job, payload);
    return this.#deps.requester.json<TypedJob>({
      ...options,
      isKeyed: true,
      operation: 'jobs.create',
      method: 'POST',
      path: '/jobs',
      body: toSubmitJob(job, payload, options),
      wish,
    });
  }

  /**
   * Submits any number of jobs of one type in few requests; the outcome is per job. Await it for all outcomes, or iterate it to
   * hold only one chunk in memory.
   *
   * @example
   * for await (const { index, ...one } of ct.jobs.createMany(sendEmail, mails)) {
   *   if (!one.ok) console.error(index, one.error.code);
   * }
   */
  createMany<D extends JobDefinition>(
    job: D,
    items: Iterable<Item<D>> | AsyncIterable<Item<D>>,
    options?: CreateManyOptions,
  ): CreateMany<D>;
  createMany<Type extends KnownType<M>>(
    type: Type,
    items: Iterable<Item<Lookup<M, Type>>> | AsyncIterable<Item<Lookup<M, Type>>>,
    options?: CreateManyOptions,
  ): CreateMany<Lookup<M, Type>>;
  createMany(
    job: JobDefinition | string,
    items: Iterable<Item<JobDefinition>> | AsyncIterable<Item<JobDefinition>>,
    options: CreateManyOptions = {},
  ): CreateMany<JobDefinition> {
    return new CreateMany(this.#deps.requester, toDefinition(job), items, options);
  }

  /**
   * Submits a job, waits for its end and returns its result. By default it waits as long as it takes: `wait: { timeout }`.
   *
   * @example
   * const { messageId } = await ct.jobs.run(sendEmail, { to: 'ada@example.com', subject: 'Hi' });
   *
   * @throws JobFailedError when the job ends without a result (`JobCancelledError`, `JobExpiredError` are kinds of it);
   * `PayloadValidationError` before anything is sent.
   */
  run<D extends JobDefinition>(
    job: D,
    payload: PayloadOf<D>,
    options?: CreateOptions & { wait?: WaitOptions },
  ): Promise<ResultOf<D>>;
  run<Type extends KnownType<M>>(
    type: Type,
    payload?: PayloadOf<Lookup<M, Type>>,
    options?: CreateOptions & { wait?: WaitOptions },
  ): Promise<ResultOf<Lookup<M, Type>>>;
  run(
    job: JobDefinition | string,
    payload?: unknown,
    { wait, ...options }: CreateOptions & { wait?: WaitOptions } = {},
  ): Promise<unknown> {
    return this.create(toDefinition(job), payload as never, options).result(wait);
  }

  /** A job as it is now. Throws `NotFoundError` for one that there is not, or that is somebody else's. */
  get<D extends JobDefinition = JobDefinition>(id: string, options: RequestOptions = {}): APIPromise<TypedJob<D>> {
    return this.#calls.get('jobs.get', pathOf('jobs', id), options);
  }

  /**
   * The account's jobs, newest first. Await it for one page (100, or `limit`), iterate it for all.
   *
   * @example
   * const failed = await ct.jobs.list({ status: 'FAILED', since: '24h' }).toArray({ limit: 500 });
   */
  list(filter: ListFilter = {}, options: RequestOptions = {}): PagePromise<Job> {
    return this.#calls.list('jobs.list', '/jobs', { ...options, query: { ...filter } });
  }

  /** Why a job is not running, and what happens next. */
  explain(id: string, options: RequestOptions = {}): APIPromise<Explanation> {
    return this.#calls.get('jobs.explain', `${pathOf('jobs', id)}/explain`, options);
  }

  /**
   * What a job said while it ran, oldest first. Await it for one page (100, or `limit`), iterate it for all. With
   * `follow` it goes on with the lines that come, up to the end of the job, through lost connections too.
   *
   * @example
   * for await (const { level, message } of ct.jobs.logs(id, { follow: true })) console.log(level, message);
   */
  logs(id: string, options: FollowLogOptions & { follow: true }): AsyncGenerator<JobLogEvent, void>;
  logs(id: string, options?: RequestOptions & LogFilter & { follow?: false }): PagePromise<JobLog>;
  logs(
    id: string,
    { follow, after, ...options }: RequestOptions & LogFilter & FollowLogOptions & { follow?: boolean } = {},
  ): PagePromise<JobLog> | AsyncGenerator<JobLogEvent, void> {
    const { level, attempt, order, limit, ...request } = options;
    if (follow) return followLogs(this.#deps, { id, level, attempt, after, signal: request.signal });
    const query = { level, attempt, order, limit };
    return this.#calls.list('jobs.logs', `${pathOf('jobs', id)}/logs`, { ...request, query });
  }

  /** How each attempt of a job ended, the first one first, and the one that runs. */
  attempts(id: string, { limit, ...options }: RequestOptions & { limit?: number } = {}): PagePromise<JobAttempt> {
    return this.#calls.list('jobs.attempts', `${pathOf('jobs', id)}/attempts`, { ...options, query: { limit } });
  }

  /** Asks for the end of a job. One that runs is stopped by its worker, unless it succeeds first. */
  cancel(id: string, { reason, ...options }: RequestOptions & { reason?: string } = {}): APIPromise<Job> {
    const body = { reason };
    return this.#calls.act('jobs', id, 'cancel', { ...options, body, isKeyed: true });
  }

  /** Runs a job again that ended `FAILED`, `CANCELLED` or `EXPIRED`; with a payload, with that one from now on. */
  retry(id: string, { payload, ...options }: RequestOptions & { payload?: Json } = {}): APIPromise<Job> {
    const body = payload !== undefined && { body: { payload } };
    return this.#calls.act('jobs', id, 'retry', { ...options, ...body, isKeyed: true });
  }

  /**
   * The job at its end. It never throws because the job failed; when the time is over it throws `WaitTimeoutError`, and the job
   * goes on.
   *
   * @example
   * const end = await ct.jobs.wait(id, { timeout: '1m' });
   * console.log(end.status, end.error?.message);
   */
  wait<D extends JobDefinition = JobDefinition>(id: string, options: WaitOptions = {}): Promise<FinishedJob<D>> {
    return waitForJob<D>(this.#deps, id, options);
  }

  /**
   * The jobs at their ends, in the order in which they end. A job that failed is a value here too. When the time is over it throws
   * `WaitTimeoutError` with one that has not ended.
   *
   * @example
   * for await (const job of ct.jobs.waitAll(ids)) console.log(job.id, job.status);
   */
  waitAll(ids: readonly string[], options: WaitOptions = {}): AsyncGenerator<FinishedJob, void> {
    return waitForAll(this.#deps, ids, options);
  }

  /** The result of a job; throws when it ends without one. */
  async result<D extends JobDefinition = JobDefinition>(id: string, options: WaitOptions = {}): Promise<ResultOf<D>> {
    return resultOf<D>(await this.wait<D>(id, options));
  }

  /**
   * The events of a job up to its end – status, progress and log, told apart by `kind` – each once and in order, through lost
   * connections and restarts of the server too. Leaving the loop ends the watch, the job goes on. Throws `NotFoundError`
   * for a job that there is not, and a `ConnectionError` when the server stays away for longer than `maxOutage`.
   *
   * @example
   * for await (const event of ct.jobs.watch(id)) {
   *   if (event.kind === 'progress') console.log(event.percent);
   *   if (event.kind === 'log') console.log(event.message);
   *   if (event.kind === 'status') console.log(event.status);
   * }
   */
  watch<D extends JobDefinition = JobDefinition>(
    id: string,
    options: WatchOptions = {},
  ): AsyncGenerator<TypedJobEvent<D>, void> {
    return watchJob(this.#deps, { ...options, id }) as AsyncGenerator<TypedJobEvent<D>, void>;
  }

  /**
   * The statuses of all jobs of the account that the filter chooses, from now on. A `reset` says that events were missed,
   * after a lost connection or in a flood: list again what you show. It ends with its signal, or when the server stays away.
   */
  watchMany(
    filter: WatchFilter = {},
    { signal }: { signal?: AbortSignal } = {},
  ): AsyncGenerator<JobEvent | { kind: 'reset' }, void> {
    return watchManyJobs(this.#deps, filter, signal);
  }

  /**
   * Runs all jobs again that the filter chooses and that are `FAILED`, `CANCELLED` or `EXPIRED`; failures that were
   * discarded only when `ids` names them. The answer is an action,
   * which the scheduler carries out: `ct.jobs.actions.get(id)` says how far it is. A dry run only counts.
   *
   * @example
   * await ct.jobs.retryMany({ fingerprint }, { dryRun: true });   // { matched: 40, isExact: true, sample: […] }
   * await ct.jobs.retryMany({ fingerprint }, { canary: 1, rate: '5/s' });
   */
  retryMany(filter: ManyFilter, options: RetryManyOptions & { dryRun: true }): APIPromise<JobActionPreview>;
  retryMany(filter: ManyFilter, options?: RetryManyOptions & { dryRun?: false }): APIPromise<JobAction>;
  retryMany(filter: ManyFilter, options?: RetryManyOptions & { dryRun?: boolean }) {
    return startAction(this.#calls, 'jobs.retryMany', 'retry', filter, options);
  }

  /** Cancels all jobs that the filter chooses and that have not ended; else as `retryMany`. */
  cancelMany(filter: ManyFilter, options: CancelManyOptions & { dryRun: true }): APIPromise<JobActionPreview>;
  cancelMany(filter: ManyFilter, options?: CancelManyOptions & { dryRun?: false }): APIPromise<JobAction>;
  cancelMany(filter: ManyFilter, options?: CancelManyOptions & { dryRun?: boolean }) {
    return startAction(this.#calls, 'jobs.cancelMany', 'cancel', filter, options);
  }
}

function toDefinition(job: JobDefinition | string): JobDefinition {
  return typeof job === 'string' ? { type: job } : job;
}
