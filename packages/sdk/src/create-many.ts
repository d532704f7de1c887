import type { BatchResult } from './contract.ts';
import type { JobDefinition } from './define-job.ts';
import { CloudTaskError, ValidationError } from './errors.ts';
import type { CreateManyOptions, CreateManyResult, Item, ItemWithOptions, TypedJob } from './job-types.ts';
import { randomId } from './random-id.ts';
import type { Requester } from './request.ts';
import { toSubmitJob } from './submit-body.ts';

/** The server's limits for one `POST /jobs/batch`: jobs, and bytes of body with room to spare below its 32 MiB. */
const MAX_CHUNK_JOBS = 10_000;
const MAX_CHUNK_BYTES = 24 * 1024 * 1024;
const ENCODER = new TextEncoder();

type Items<D extends JobDefinition> = Iterable<Item<D>> | AsyncIterable<Item<D>>;

/**
 * Submits many jobs in few requests. Iterate for the outcomes as they come, or await all of them. Every job has its idempotency key
 * before the first request leaves: a repeated chunk makes no second job.
 */
export class CreateMany<D extends JobDefinition>
  implements AsyncIterable<CreateManyResult<D>>, PromiseLike<CreateManyResult<D>[]>
{
  readonly #start: () => AsyncGenerator<CreateManyResult<D>>;
  #all: Promise<CreateManyResult<D>[]> | undefined;

  constructor(requester: Requester, job: D, items: Items<D>, options: CreateManyOptions) {
    this.#start = () => submitChunks(requester, job, items, options);
  }

  [Symbol.asyncIterator](): AsyncGenerator<CreateManyResult<D>> {
    return this.#start();
  }

  // biome-ignore lint/suspicious/noThenProperty: awaiting it is its second use.
  then<A = CreateManyResult<D>[], B = never>(
    onDone?: ((results: CreateManyResult<D>[]) => A | PromiseLike<A>) | null,
    onError?: ((reason: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.#all ??= collect(this);
    return this.#all.then(onDone, onError);
  }
}

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}

async function* submitChunks<D extends JobDefinition>(
  requester: Requester,
  job: D,
  items: Items<D>,
  { chunkSize = MAX_CHUNK_JOBS, ...options }: CreateManyOptions,
): AsyncGenerator<CreateManyResult<D>> {
  let offset = 0;
  for await (const jobs of chunksOf(job, items, options, Math.min(chunkSize, MAX_CHUNK_JOBS))) {
    const { idempotencyKey: _ofEachJob, ...request } = options;
    const { data } = await requester.json<{ results: BatchResult[] }>({
      ...request,
      operation: 'jobs.createMany',
      method: 'POST',
      path: '/jobs/batch',
      body: { jobs },
      // Each job carries its own key.
      idempotent: true,
    });
    for (const result of data.results) yield toResult<D>(result, offset);
    offset += jobs.length;
  }
}

async function* chunksOf<D extends JobDefinition>(
  job: D,
  items: Items<D>,
  options: CreateManyOptions,
  maxJobs: number,
): AsyncGenerator<object[]> {
  let chunk: object[] = [];
  let bytes = 0;
  for await (const item of items) {
    const one = toBatchItem(job, item, options);
    const size = ENCODER.encode(JSON.stringify(one)).length + 1;
    if (chunk.length > 0 && (chunk.length >= maxJobs || bytes + size > MAX_CHUNK_BYTES)) {
      yield chunk;
      chunk = [];
      bytes = 0;
    }
    chunk.push(one);
    bytes += size;
  }
  if (chunk.length > 0) yield chunk;
}

function toBatchItem<D extends JobDefinition>(job: D, item: Item<D>, options: CreateManyOptions): object {
  if (!hasOwnOptions(item)) {
    return { ...toSubmitJob(job, item, options), idempotencyKey: randomId() };
  }
  const { idempotencyKey = randomId(), ...own } = item.options;
  return { ...toSubmitJob(job, item.payload, { ...options, ...own }), idempotencyKey };
}

function hasOwnOptions<D extends JobDefinition>(item: Item<D>): item is ItemWithOptions<D> {
  if (typeof item !== 'object' || item === null || Object.keys(item).length !== 2) return false;
  return 'payload' in item && 'options' in item && typeof item.options === 'object';
}

function toResult<D extends JobDefinition>(result: BatchResult, offset: number): CreateManyResult<D> {
  const index = offset + result.index;
  if (result.ok) return { ...result, index, job: result.job as unknown as TypedJob<D> };
  const { code, message, issues } = result.error;
  if (!issues) return { index, ok: false, error: new CloudTaskError(message, { code }) };
  const details = { code, status: 422, headers: new Headers(), body: null, issues };
  return { index, ok: false, error: new ValidationError(message, details) };
}
