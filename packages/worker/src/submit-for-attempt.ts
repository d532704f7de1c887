import { type Batcher, createBatcher } from '@cloudtask/core/batcher';
import type { Broker } from '@cloudtask/core/broker/broker';
import type { Clock } from '@cloudtask/core/clock';
import { type Database, DatabaseUnavailable } from '@cloudtask/core/database/database';
import { newId } from '@cloudtask/core/ids';
import type { Logger } from '@cloudtask/core/logger';
import type { Counter } from '@cloudtask/core/metrics';
import { type Catalogue, readCatalogue } from '@cloudtask/core/protocol/catalogue';
import { type JobRow, toJob } from '@cloudtask/core/protocol/job-row';
import { readOwnedJobs } from '@cloudtask/core/protocol/owned-jobs';
import type { NewJob } from '@cloudtask/core/protocol/submit';
import { AttemptIsOver, whileRunning } from '@cloudtask/core/protocol/while-running';
import { announceNewJobs } from '@cloudtask/core/signals/announce-new-jobs';
import type { Signals } from '@cloudtask/core/signals/signals';
import { acceptedJob, acceptedJobAgain } from '@cloudtask/core/submission/accepted-job';
import { InputRefused } from '@cloudtask/core/submission/input-refused';
import type { JobRequest } from '@cloudtask/core/submission/job-request';
import { TypeCatalogue } from '@cloudtask/core/submission/known-types';
import { checkItem, requestOfItem } from '@cloudtask/core/submission/read-item';
import { type Submitted, storeKeyed } from '@cloudtask/core/submission/store-jobs';
import { isUniqueJob, storeUniqueJob } from '@cloudtask/core/submission/store-unique-job';
import { warnOfNoWorker } from '@cloudtask/core/submission/warn-of-no-worker';
import { asSubmit, startSubmitSpan } from '@cloudtask/core/tracing/submit-span';
import type { BatchResult, Issue, Job, Json } from '@cloudtask/sdk/contract';
import type { Attempt } from './attempt.ts';
import { attemptFields } from './attempt-fields.ts';
import { MOST_BYTES, MOST_ITEMS } from './jobs-of-handler.ts';

export interface SubmitterDeps {
  database: Database;
  broker: Broker;
  signals: Signals;
  clock: Clock;
  logger: Logger;
  created: Counter<'type'>;
  /** After this long a waiting job overtakes newer ones of the next higher priority. */
  ageingMs: number;
}

interface Asked {
  request: JobRequest;
  payload: Json;
}

/**
 * Jobs that handlers make, by the rules of the API and through the same statements; each happens only while the attempt
 * still runs. What is known of types and workers is looked at when it is needed, once a second at most: most workers
 * never need it.
 */
export class AttemptSubmitter {
  readonly #deps: SubmitterDeps;
  readonly #types: TypeCatalogue;
  readonly #batchers = new WeakMap<Attempt, Batcher<string, BatchResult>>();
  #catalogue: Catalogue = new Map();
  #lookedAt = Number.NEGATIVE_INFINITY;
  #looking: Promise<void> | undefined;

  constructor(deps: SubmitterDeps) {
    this.#deps = deps;
    this.#types = new TypeCatalogue(deps);
  }

  /** An outcome for each item, in their order. Never rejects. */
  async submit(attempt: Attempt, items: readonly string[]): Promise<BatchResult[]> {
    const results = await this.#batcherOf(attempt).addMany(items);
    return results.map((result, index) => ({ ...result, index }));
  }

  /**
   * One transaction of an attempt at a time, for all that its handler asked for meanwhile. Two at a time would both hold the
   * row of their job; when both then want it for themselves, as the holder of a unique key, neither gets it. And a handler
   * that makes thousands at once would have all connections of its worker.
   */
  #batcherOf(attempt: Attempt): Batcher<string, BatchResult> {
    const known = this.#batchers.get(attempt);
    if (known) return known;
    const batcher = createBatcher<string, BatchResult>({
      flush: (items) => this.#submitTogether(attempt, items),
      maxItems: MOST_ITEMS,
      sizeOf: (item) => Buffer.byteLength(item),
      maxBytes: MOST_BYTES,
      inFlight: 1,
    });
    this.#batchers.set(attempt, batcher);
    return batcher;
  }

  async #submitTogether(attempt: Attempt, items: readonly string[]): Promise<BatchResult[]> {
    try {
      if (attempt.hasEnded || attempt.abortKind === 'lease-lost') throw new AttemptIsOver(refOf(attempt));
      await this.#look();
      const span = startSubmitSpan(this.#deps.broker.system, attempt.traceparent);
      if (!span) return await this.#submit(attempt, items, attempt.traceparent);
      return await asSubmit(span, () => this.#submit(attempt, items, span.traceparent));
    } catch (error) {
      return items.map((_, index) => this.#refusal(attempt, index, error));
    }
  }

  async #submit(attempt: Attempt, items: readonly string[], traceparent: string | undefined): Promise<BatchResult[]> {
    const asked = items.map((item): Asked | InputRefused => this.#read(attempt, item, traceparent));
    const good = asked.filter((each): each is Asked => !(each instanceof InputRefused));
    const outcomes = new Map(await this.#store(attempt, good));
    const rows = await this.#readKnown(attempt, [...outcomes.values()]);
    return asked.map((each, index) => {
      try {
        if (each instanceof InputRefused) throw each;
        return { index, ok: true, ...this.#accept(each, outcomes.get(each), rows) };
      } catch (error) {
        return this.#refusal(attempt, index, error);
      }
    });
  }

  #read({ job }: Attempt, text: string, traceparent: string | undefined): Asked | InputRefused {
    try {
      const item = checkItem(JSON.parse(text));
      const reading = { userId: job.userId, known: this.#types.get(item.type), nowMs: this.#deps.clock.now() };
      const request = { ...requestOfItem(item, reading), parentId: job.id, traceparent };
      return { request, payload: (item.payload ?? null) as Json };
    } catch (error) {
      if (error instanceof InputRefused) return error;
      throw error;
    }
  }

  async #store(attempt: Attempt, asked: readonly Asked[]): Promise<[Asked, Submitted][]> {
    const { database, clock, ageingMs } = this.#deps;
    const fenced = whileRunning(database, refOf(attempt));
    // Never hinted: the dispatcher offers them, which knows how much the queue's workers have to do.
    const jobs = asked.map((each) => ({ each, job: { ...each.request, id: newId(clock), hinted: false } }));
    const keyed = jobs.filter(({ job }) => !isUniqueJob(job));
    const stored: [Asked, Submitted, NewJob][] = [];
    if (keyed.length > 0) {
      const outcomes = await storeKeyed(
        fenced,
        keyed.map(({ job }) => job),
        ageingMs,
      );
      for (const [index, { each, job }] of keyed.entries()) stored.push([each, outcomes[index] as Submitted, job]);
    }
    for (const { each, job } of jobs) {
      if (isUniqueJob(job)) stored.push([each, await orRefused(storeUniqueJob(fenced, job, ageingMs)), job]);
    }
    this.#announce(stored.flatMap(([, outcome, job]) => (outcome.outcome === 'stored' ? [{ outcome, job }] : [])));
    return stored.map(([each, outcome]) => [each, outcome]);
  }

  #announce(stored: readonly { outcome: Extract<Submitted, { outcome: 'stored' }>; job: NewJob }[]): void {
    const { signals, created } = this.#deps;
    announceNewJobs(
      signals,
      stored.map(({ job }) => job),
    );
    const replaced = stored.flatMap(({ outcome, job }) =>
      outcome.replaced ? [{ id: outcome.replaced, userId: job.userId }] : [],
    );
    if (replaced.length > 0) signals.ring('jobs', replaced);
    const known = new Set(Array.from(this.#catalogue.values()).flatMap(({ types }) => [...types.keys()]));
    for (const { job } of stored) created.inc({ type: known.has(job.type) ? job.type : 'other' });
  }

  async #readKnown({ job }: Attempt, outcomes: readonly Submitted[]): Promise<ReadonlyMap<string, JobRow>> {
    const ids = outcomes.flatMap((each) =>
      each.outcome === 'replayed' || each.outcome === 'duplicate' ? [each.id] : [],
    );
    const rows = await readOwnedJobs(
      this.#deps.database,
      ids.map((id) => ({ userId: job.userId, id })),
    );
    return new Map(rows.map((row) => [row.id, row]));
  }

  #accept(
    { request, payload }: Asked,
    outcome: Submitted | undefined,
    rows: ReadonlyMap<string, JobRow>,
  ): { job: Job; isDuplicate?: true } {
    switch (outcome?.outcome) {
      case 'stored':
        return { job: this.#warned(request, acceptedJob(request, payload, outcome)) };
      case 'replayed':
        return { job: this.#warned(request, acceptedJobAgain(rowOf(rows, outcome.id))) };
      case 'duplicate':
        return { job: toJob(rowOf(rows, outcome.id)), isDuplicate: true };
      case 'unique_conflict':
        throw new ChildRefused('UNIQUE_CONFLICT', `The job ${outcome.id} has the unique key and is ${outcome.status}.`);
      case 'key_reused':
        throw new ChildRefused('IDEMPOTENCY_KEY_REUSED', CHANGED_CALL);
      case 'refused':
        throw outcome.error;
      case undefined:
        throw new Error('a job was submitted and nothing came back');
    }
  }

  #warned({ type, queue }: JobRequest, job: Job): Job {
    return this.#catalogue.get(queue)?.types.has(type) ? job : warnOfNoWorker(job);
  }

  async #look(): Promise<void> {
    if (performance.now() - this.#lookedAt < LOOK_EACH_MS) return;
    this.#looking ??= this.#lookNow().finally(() => {
      this.#looking = undefined;
    });
    await this.#looking;
  }

  async #lookNow(): Promise<void> {
    const now = performance.now();
    await this.#types.look();
    this.#catalogue = await readCatalogue(this.#deps.database);
    this.#lookedAt = now;
  }

  #refusal(attempt: Attempt, index: number, error: unknown): BatchResult {
    const refuse = (code: string, message: string, issues: readonly Issue[] = []): BatchResult => ({
      index,
      ok: false,
      error: { code, message, ...(issues.length > 0 && { issues: [...issues] }) },
    });
    if (error instanceof InputRefused) return refuse(error.code, error.message, error.issues);
    if (error instanceof ChildRefused) return refuse(error.code, error.message);
    if (error instanceof AttemptIsOver) {
      this.#deps.logger.warn(
        attemptFields(attempt),
        'a handler asked for a job when its attempt was over, and got none: does it wait for all that it calls?',
      );
      return refuse(error.code, error.message);
    }
    if (error instanceof DatabaseUnavailable) return refuse(error.code, 'The database cannot be reached just now.');
    this.#deps.logger.error({ ...attemptFields(attempt), err: error }, 'a job that a handler made could not be stored');
    return refuse('INTERNAL_ERROR', 'The job could not be stored; the log of the worker says why.');
  }
}

/** Each has a transaction of its own: what goes wrong with one says nothing of those that are stored already. */
async function orRefused(storing: Promise<Submitted>): Promise<Submitted> {
  try {
    return await storing;
  } catch (error) {
    return { outcome: 'refused', error };
  }
}

/** It would be refused again. */
class ChildRefused extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

function refOf({ job, claim }: Attempt) {
  return { jobId: job.id, fence: job.fence, claimToken: claim.token };
}

function rowOf(rows: ReadonlyMap<string, JobRow>, id: string): JobRow {
  const row = rows.get(id);
  if (!row) throw new ChildRefused('JOB_NOT_FOUND', `The job ${id} of this key is gone.`);
  return row;
}

const LOOK_EACH_MS = 1_000;
const CHANGED_CALL =
  'An earlier run of this handler made a job with another payload or other settings in this place or with this key. Make the ' +
  'same calls in the same order each time, or give each an `idempotencyKey` of its own.';
