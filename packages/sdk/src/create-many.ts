import { toBatchItem, toResult } from './batch-item.ts';
import type { BatchResult } from './contract.ts';
import type { JobDefinition } from './define-job.ts';
import type { CreateManyOptions, CreateManyResult, Item } from './job-types.ts';
import { randomId } from './random-id.ts';
import type { Requester } from './request.ts';

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
    const one = toBatchItem(job, item, options, randomId());
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
