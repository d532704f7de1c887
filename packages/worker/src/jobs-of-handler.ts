import { createHash } from 'node:crypto';
import { toBatchItem, toResult } from '@cloudtask/sdk/batch-item';
import type { ChildJobs, ChildOptions } from '@cloudtask/sdk/child-jobs';
import type { BatchResult, Json } from '@cloudtask/sdk/contract';
import type { JobDefinition } from '@cloudtask/sdk/define-job';
import { CloudTaskError } from '@cloudtask/sdk/errors';
import type { CreateManyResult, Item, JobSettings } from '@cloudtask/sdk/job-types';
import { validatePayload } from '@cloudtask/sdk/validate-payload';

/** Submits jobs for an attempt, as JSON texts of batch items. An outcome for each, in their order; never rejects. */
export type SubmitItems = (items: readonly string[]) => Promise<BatchResult[]>;

type Items = Iterable<Item<JobDefinition>> | AsyncIterable<Item<JobDefinition>>;

/**
 * `context.jobs` of one attempt. The key of a job is its parent, what that was given, and the place of its call, and not the
 * attempt: so a later attempt that makes the same calls gets the same jobs. A person's retry with another payload is
 * other work, and makes jobs of its own. `payload`: JSON text, from before the handler had it.
 */
export function jobsOfHandler(parent: { id: string; payload: string }, submit: SubmitItems): ChildJobs {
  const digest = createHash('sha256').update(parent.payload).digest('hex').slice(0, 12);
  let calls = 0;
  // Counted before anything is waited for: calls at the same time have the order in which they were made.
  const nextKey = () => {
    calls += 1;
    return `child ${parent.id} ${digest} ${calls}`;
  };

  async function create(job: JobDefinition | string, payload?: Json, options: ChildOptions = {}): Promise<unknown> {
    const key = options.idempotencyKey ?? nextKey();
    const definition = toDefinition(job);
    await validatePayload(definition, payload);
    const item = toBatchItem(definition, { payload: payload ?? null, options }, {}, key);
    const [result] = await submitInChunks(submit, [JSON.stringify(item)]);
    const outcome = toResult(result as BatchResult, 0);
    if (!outcome.ok) throw outcome.error;
    return outcome.job;
  }

  async function createMany(job: JobDefinition | string, items: Items, options: JobSettings = {}) {
    const key = nextKey();
    const definition = toDefinition(job);
    const texts: string[] = [];
    for await (const item of items) {
      texts.push(JSON.stringify(toBatchItem(definition, item, options, `${key} ${texts.length}`)));
    }
    const results = await submitInChunks(submit, texts);
    return results.map((result, index): CreateManyResult => toResult({ ...result, index }, 0));
  }

  return {
    create: ((...asked: Parameters<typeof create>) => unheardWhenOver(create(...asked))) as ChildJobs['create'],
    createMany: createMany as ChildJobs['createMany'],
  };
}

/**
 * The same promise; but that the attempt is over is news for nobody when nobody waits for it. As an unhandled rejection it
 * would end the process, and with it the jobs of others: for an `await` that somebody forgot.
 */
function unheardWhenOver<T>(making: Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  making.then(resolve, (error: unknown) => {
    if (error instanceof CloudTaskError && error.code === 'ATTEMPT_IS_OVER') promise.catch(() => {});
    reject(error);
  });
  return promise;
}

function toDefinition(job: JobDefinition | string): JobDefinition {
  return typeof job === 'string' ? { type: job } : job;
}

/** Few enough, and short enough, for one message between a child process and its worker, with the answer that repeats them. */
async function submitInChunks(submit: SubmitItems, items: readonly string[]): Promise<BatchResult[]> {
  const results: BatchResult[] = [];
  for (let from = 0; from < items.length; ) {
    const chunk = chunkFrom(items, from);
    results.push(...(chunk.length === 0 ? [tooLarge()] : await submit(chunk)));
    from += Math.max(1, chunk.length);
  }
  return results;
}

/** None when the first one alone is too long. */
function chunkFrom(items: readonly string[], from: number): string[] {
  const chunk: string[] = [];
  let bytes = 0;
  for (const item of items.slice(from, from + MOST_ITEMS)) {
    bytes += Buffer.byteLength(item);
    if (bytes > MOST_BYTES) break;
    chunk.push(item);
  }
  return chunk;
}

function tooLarge(): BatchResult {
  const message = `The job has more than ${MOST_BYTES} bytes as JSON. Store large data elsewhere and send its address.`;
  return { index: 0, ok: false, error: { code: 'PAYLOAD_TOO_LARGE', message } };
}

export const MOST_ITEMS = 100;
/** More than the largest job that is accepted, and less than half of what fits into one message. */
export const MOST_BYTES = 400 * 1024;
