import type { Queryable } from '@cloudtask/core/database/database';
import { MAX_MESSAGE_BYTES } from '@cloudtask/core/messages';
import { type NewJob, submitJobsIn } from '@cloudtask/core/protocol/submit';
import { type OnConflict, submitUniqueJobIn } from '@cloudtask/core/protocol/submit-unique';
import { isUniqueJob, type UniqueJob } from '@cloudtask/core/submission/store-unique-job';
import type { ProblemCode } from './problem-table.ts';

export type JobToStore = NewJob & { onConflict?: OnConflict | undefined };

export interface Refusal {
  code: ProblemCode;
  message: string;
  /** The job that has its unique key. */
  heldBy?: string;
}

export interface StoredJobs {
  /** By the id of the job: why it was not stored. */
  refusals: ReadonlyMap<string, Refusal>;
  /** Jobs that were cancelled because a new one took their place. */
  replaced: { id: string; userId: string }[];
}

/** Stores new jobs in a transaction of the caller, as submits do; without idempotency keys. */
export async function storeInTransaction(
  tx: Queryable,
  jobs: readonly JobToStore[],
  ageingMs: number,
): Promise<StoredJobs> {
  for (const chunk of chunksOf(jobs.filter((job) => !isUniqueJob(job)))) await submitJobsIn(tx, chunk, ageingMs);
  const refusals = new Map<string, Refusal>();
  const replaced: StoredJobs['replaced'] = [];
  // In the order of their keys: two transactions that want the same ones wait for each other, and do not deadlock.
  const links = new SlotLinks();
  for (const wanted of jobs.filter(isUniqueJob).sort(byKey)) {
    const job = links.relink(wanted);
    const { userId, unique, onConflict = 'return' } = job;
    const answer = await submitUniqueJobIn(tx, job, { onConflict, ageingMs });
    if (answer.outcome === 'taken') {
      const message = `The job ${answer.jobId} has the unique key ${JSON.stringify(unique.key)} and is ${answer.status}.`;
      links.drop(job);
      refusals.set(job.id, { code: 'UNIQUE_CONFLICT', message, heldBy: answer.jobId });
    } else if (answer.replaced) replaced.push({ id: answer.replaced, userId });
  }
  return { refusals, replaced };
}

/** A slot whose job is refused is nobody's slot before: the next job of its schedule gets the one before that. */
class SlotLinks {
  readonly #before = new Map<string, string | null>();

  relink<Job extends NewJob>(job: Job): Job {
    const { schedule } = job;
    const before = schedule && this.#before.get(`${schedule.id} ${schedule.previousSlot}`);
    return before === undefined ? job : { ...job, schedule: { ...schedule, previousSlot: before } };
  }

  drop({ schedule }: NewJob): void {
    if (schedule) this.#before.set(`${schedule.id} ${schedule.slot}`, schedule.previousSlot);
  }
}

function byKey(a: UniqueJob, b: UniqueJob): number {
  const [left, right] = [a, b].map(({ userId, type, unique }) => `${userId} ${type} ${unique.key}`) as [string, string];
  return left < right ? -1 : left > right ? 1 : 0;
}

const MOST_ROWS = 500;

/** What fits into a statement. */
function chunksOf(jobs: readonly NewJob[]): NewJob[][] {
  const chunks: NewJob[][] = [];
  let bytes = 0;
  for (const job of jobs) {
    const last = chunks.at(-1);
    bytes += bytesOf(job);
    if (last && last.length < MOST_ROWS && bytes <= MAX_MESSAGE_BYTES) last.push(job);
    else {
      chunks.push([job]);
      bytes = bytesOf(job);
    }
  }
  return chunks;
}

function bytesOf({ payload, tags, metadata }: NewJob): number {
  return payload.length + JSON.stringify([tags, metadata]).length + ROW_BYTES;
}

/** What a row costs beside its payload, tags and metadata. */
const ROW_BYTES = 400;
