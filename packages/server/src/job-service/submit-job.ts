import { type Batcher, createBatcher } from '@cloudtask/core/batcher';
import { newId } from '@cloudtask/core/ids';
import { type Hint, MAX_MESSAGE_BYTES } from '@cloudtask/core/messages';
import { fromZero } from '@cloudtask/core/metrics';
import type { NewJob } from '@cloudtask/core/protocol/submit';
import type { JobRequest } from '@cloudtask/core/submission/job-request';
import { type Submitted, storeKeyed, storePlain } from '@cloudtask/core/submission/store-jobs';
import { isUniqueJob, storeUniqueJob, type UniqueJob } from '@cloudtask/core/submission/store-unique-job';
import { activeTracer } from '@cloudtask/core/tracing';
import type { JobServiceDeps } from './deps.ts';
import { jobServiceMetrics } from './metrics.ts';
import { createHintPublisher } from './publish-hints.ts';
import { type QueueGauge, startQueueGauge } from './queue-gauge.ts';

type IdentifiedJob = NewJob & Pick<JobRequest, 'onConflict'>;

export interface Submitter {
  /** Resolves after the commit. Jobs submitted at the same time share a statement. */
  submit(job: JobRequest): Promise<Submitted>;
  submitMany(jobs: readonly JobRequest[]): Promise<Submitted[]>;
  readonly gauge: QueueGauge;
  /** Waits for what is under way. Closing twice is fine. */
  close(): Promise<void>;
}

export interface SubmitterDeps extends Omit<JobServiceDeps, 'settings'> {
  /** After this long a waiting job overtakes newer ones of the next higher priority. */
  ageingMs: number;
  /** Told of what was stored, for streams of this process. */
  onStored?: (jobs: readonly NewJob[]) => void;
}

const BATCH_ROWS = 500;
/** What a row costs beside its payload. */
const ROW_BYTES = 400;
/** Transactions of unique jobs at a time: the pool has room for others beside them. */
const UNIQUE_IN_FLIGHT = 3;

/** Everything between a validated job and a worker that knows of it, without HTTP. */
export function createSubmitter(deps: SubmitterDeps): Submitter {
  const { database, clock, signals, ageingMs } = deps;
  const metrics = jobServiceMetrics(deps.registry);
  // A counter that begins with its first jobs shows no rate for them.
  const gauge = startQueueGauge({ ...deps, onType: (type) => fromZero(metrics.jobsCreated, 'type', [type]) });
  const hints = createHintPublisher({ ...deps, metrics, gauge });
  const plain = batcherOf(storePlain);
  const keyed = batcherOf(storeKeyed);
  const unique = createBatcher<UniqueJob, Submitted>({
    maxItems: 1,
    inFlight: UNIQUE_IN_FLIGHT,
    flush: (jobs) => flush(jobs, storeEachUnique),
  });

  function batcherOf(store: typeof storePlain): Batcher<NewJob, Submitted> {
    return createBatcher({
      maxItems: BATCH_ROWS,
      maxBytes: MAX_MESSAGE_BYTES,
      sizeOf: (job) => job.payload.length + ROW_BYTES,
      flush: (jobs) => flush(jobs, () => store(database, jobs, ageingMs)),
    });
  }

  async function flush<Job extends NewJob>(jobs: Job[], store: (jobs: Job[]) => Promise<Submitted[]>) {
    // Decided when the batch leaves, not when a job comes: the gauge counts what it admits.
    for (const job of jobs) job.hinted = !isTimed(job) && gauge.admit(job.queue, job.type);
    const outcomes = await store(jobs);
    afterCommit(jobs.filter((_, index) => outcomes[index]?.outcome === 'stored'));
    return outcomes;
  }

  async function storeEachUnique(jobs: UniqueJob[]): Promise<Submitted[]> {
    const outcomes = await Promise.all(jobs.map((job) => storeUniqueJob(database, job, ageingMs)));
    const replaced = jobs.flatMap(({ userId }, index) => {
      const outcome = outcomes[index];
      return outcome?.outcome === 'stored' && outcome.replaced ? [{ id: outcome.replaced, userId }] : [];
    });
    if (replaced.length > 0) signals.ring('jobs', replaced);
    return outcomes;
  }

  /** Nothing here is needed for the jobs to run: what a crash leaves undone, the scheduler does. */
  function afterCommit(jobs: readonly NewJob[]): void {
    const hinted = new Map<string, Hint[]>();
    const waiting = new Set<string>();
    for (const { id, type, queue, ...job } of jobs) {
      if (!job.hinted) waiting.add(queue);
      else if (!hinted.get(queue)?.push({ id, type })) hinted.set(queue, [{ id, type }]);
    }
    const traceparents = activeTracer() && traceparentsOf(jobs);
    for (const [queue, own] of hinted) hints.publish(queue, own, traceparents);
    if (waiting.size > 0)
      signals.ring(
        'backlog',
        [...waiting].map((id) => ({ id })),
      );
    countTypes(jobs);
    deps.onStored?.(jobs);
  }

  function countTypes(jobs: readonly NewJob[]): void {
    const counts = new Map<string, number>();
    for (const { type } of jobs) counts.set(type, (counts.get(type) ?? 0) + 1);
    for (const [type, count] of counts)
      metrics.jobsCreated.inc({ type: gauge.isKnownType(type) ? type : 'other' }, count);
  }

  const toNewJob = (job: JobRequest): IdentifiedJob => ({ ...job, id: newId(clock), hinted: false });

  function add(job: IdentifiedJob): Promise<Submitted> {
    if (isUniqueJob(job)) return unique.add(job);
    return (job.idempotency ? keyed : plain).add(job);
  }

  async function close(): Promise<void> {
    await Promise.all([plain.drain(), keyed.drain(), unique.drain()]);
    await hints.drain();
    await gauge.close();
  }

  let closing: Promise<void> | undefined;
  return {
    submit: (job) => add(toNewJob(job)),
    async submitMany(jobs) {
      const news = jobs.map(toNewJob);
      if (news.every((job) => !job.idempotency && !job.unique)) return await plain.addMany(news);
      return await Promise.all(news.map(add));
    },
    gauge,
    close: () => (closing ??= close()),
  };
}

function traceparentsOf(jobs: readonly NewJob[]): ReadonlyMap<string, string> {
  return new Map(jobs.flatMap(({ id, traceparent }) => (traceparent === undefined ? [] : [[id, traceparent]])));
}

/** The scheduler hints a job whose time is set when it comes, also when that is past already. */
function isTimed({ delayMs, runAt }: NewJob): boolean {
  return delayMs !== undefined || runAt !== undefined;
}
