import { APIPromise } from './api-promise.ts';
import type { Explanation, Job, JobEvent, Json } from './contract.ts';
import { CreateMany } from './create-many.ts';
import type { JobDefinition, PayloadOf, ResultOf } from './define-job.ts';
import { JobPromise } from './job-promise.ts';
import type {
  CreateManyOptions,
  CreateOptions,
  FinishedJob,
  Item,
  KnownType,
  ListFilter,
  LogFilter,
  Lookup,
  TypedJob,
  WaitOptions,
  WatchOptions,
} from './job-types.ts';
import type { JobAttempt, JobLog } from './live-contract.ts';
import { PagePromise } from './pages.ts';
import type { Answer, RequestOptions } from './request.ts';
import { toSubmitJob } from './submit-body.ts';
import { validatePayload } from './validate-payload.ts';
import { resultOf, waitForJob } from './wait.ts';
import { watchJob } from './watch.ts';
import { watchAllJobs } from './watch-all.ts';
import type { WatchDeps } from './watch-deps.ts';

/** The jobs of the signed-in account. `M` are the job types that the client knows by name. */
export class Jobs<M = object> {
  readonly #deps: WatchDeps;

  constructor(deps: WatchDeps) {
    this.#deps = deps;
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
    return new JobPromise(this.#deps, this.#submit(toDefinition(job), payload, options));
  }

  async #submit(job: JobDefinition, payload: unknown, options: CreateOptions): Promise<Answer<TypedJob>> {
    await validatePayload(job, payload);
    return this.#deps.requester.json<TypedJob>({
      ...requestOptions(options),
      operation: 'jobs.create',
      method: 'POST',
      path: '/jobs',
      body: toSubmitJob(job, payload, options),
      idempotencyKey: options.idempotencyKey ?? crypto.randomUUID(),
    });
  }

  /**
   * Submits any number of jobs of one type in few requests; the outcome is per job. Await it for all outcomes, or iterate it to
   * hold only one chunk in memory.
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

  /** Submits a job, waits for its end and returns its result; throws when it ends without one. */
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

  get<D extends JobDefinition = JobDefinition>(id: string, options: RequestOptions = {}): APIPromise<TypedJob<D>> {
    return this.#call<TypedJob<D>>({ ...options, operation: 'jobs.get', method: 'GET', path: pathOf(id) });
  }

  /** Newest first. Await it for one page, iterate it for all. */
  list(filter: ListFilter = {}, options: RequestOptions = {}): PagePromise<Job> {
    return new PagePromise((cursor) =>
      this.#deps.requester.json<Job[]>({
        ...options,
        operation: 'jobs.list',
        method: 'GET',
        path: '/jobs',
        query: { ...filter, cursor: cursor ?? filter.cursor },
      }),
    );
  }

  /** Why a job is not running, and what happens next. */
  explain(id: string, options: RequestOptions = {}): APIPromise<Explanation> {
    return this.#call<Explanation>({
      ...options,
      operation: 'jobs.explain',
      method: 'GET',
      path: `${pathOf(id)}/explain`,
    });
  }

  /** What a job said while it ran, oldest first. Await it for one page, iterate it for all. */
  logs(id: string, { level, attempt, order, limit, ...options }: RequestOptions & LogFilter = {}): PagePromise<JobLog> {
    const query = { level, attempt, order, limit };
    return this.#pages({ ...options, operation: 'jobs.logs', method: 'GET', path: `${pathOf(id)}/logs`, query });
  }

  /** How each attempt of a job ended, the first one first, and the one that runs. */
  attempts(id: string, { limit, ...options }: RequestOptions & { limit?: number } = {}): PagePromise<JobAttempt> {
    const query = { limit };
    return this.#pages({
      ...options,
      operation: 'jobs.attempts',
      method: 'GET',
      path: `${pathOf(id)}/attempts`,
      query,
    });
  }

  /** Asks for the end of a job. One that runs is stopped by its worker, unless it succeeds first. */
  cancel(id: string, { reason, ...options }: RequestOptions & { reason?: string } = {}): APIPromise<Job> {
    return this.#call({
      ...options,
      operation: 'jobs.cancel',
      method: 'POST',
      path: `${pathOf(id)}/cancel`,
      body: reason === undefined ? {} : { reason },
      idempotencyKey: options.idempotencyKey ?? crypto.randomUUID(),
    });
  }

  /** Runs a job again that ended `FAILED`, `CANCELLED` or `EXPIRED`; with a payload, with that one from now on. */
  retry(id: string, { payload, ...options }: RequestOptions & { payload?: Json } = {}): APIPromise<Job> {
    return this.#call({
      ...options,
      operation: 'jobs.retry',
      method: 'POST',
      path: `${pathOf(id)}/retry`,
      ...(payload !== undefined && { body: { payload } }),
      idempotencyKey: options.idempotencyKey ?? crypto.randomUUID(),
    });
  }

  /**
   * The job at its end. It never throws because the job failed; when the time is over it throws `WaitTimeoutError`, and the job
   * goes on.
   */
  wait<D extends JobDefinition = JobDefinition>(id: string, options: WaitOptions = {}): Promise<FinishedJob<D>> {
    return waitForJob<D>(this.#deps, id, options);
  }

  /** The result of a job; throws when it ends without one. */
  async result<D extends JobDefinition = JobDefinition>(id: string, options: WaitOptions = {}): Promise<ResultOf<D>> {
    return resultOf<D>(await this.wait<D>(id, options));
  }

  /** The events of a job up to its end, each once, through lost connections too. */
  watch(id: string, { signal, after }: WatchOptions = {}): AsyncGenerator<JobEvent, void> {
    return watchJob(this.#deps, { id, signal, after });
  }

  /**
   * What happens to all jobs of the account, from now on. A `reset` says that events were missed, after a lost connection or in a
   * flood: list again what you show.
   */
  watchAll({ signal }: { signal?: AbortSignal } = {}): AsyncGenerator<JobEvent | { kind: 'reset' }, void> {
    return watchAllJobs(this.#deps, signal);
  }

  #pages<T>(call: Parameters<WatchDeps['requester']['json']>[0]): PagePromise<T> {
    const ask = (cursor: string | null) => ({ ...call, query: { ...call.query, cursor: cursor ?? undefined } });
    return new PagePromise((cursor) => this.#deps.requester.json<T[]>(ask(cursor)));
  }

  #call<T>(call: Parameters<WatchDeps['requester']['json']>[0]): APIPromise<T> {
    return new APIPromise(this.#deps.requester.json<T>(call));
  }
}

function toDefinition(job: JobDefinition | string): JobDefinition {
  return typeof job === 'string' ? { type: job } : job;
}

function pathOf(id: string): string {
  return `/jobs/${encodeURIComponent(id)}`;
}

function requestOptions({ signal, timeout, deadline, maxRetries, headers }: RequestOptions): RequestOptions {
  return {
    ...(signal && { signal }),
    ...(timeout !== undefined && { timeout }),
    ...(deadline !== undefined && { deadline }),
    ...(maxRetries !== undefined && { maxRetries }),
    ...(headers && { headers }),
  };
}
