import type { CloudTask, Job, JobStreamEvent } from '@cloudtask/sdk';
import { isFinal } from '@cloudtask/sdk/contract';
import type { WatchedMatches, WatchWish } from './watch-wish.ts';

export interface FollowInput {
  wish: WatchWish;
  signal: AbortSignal;
  onEvent(event: JobStreamEvent): void;
}

/** Follows jobs until all of them have ended; returns them as they are then. An open watch goes on until its signal. */
export async function followJobs(ct: CloudTask, input: FollowInput): Promise<Job[]> {
  const follower = new JobFollower(ct, input);
  try {
    return await follower.run();
  } finally {
    follower.close();
  }
}

/** A stream for each job tells the most, and a server gives an account 500: the others are heard of with one for all. */
const MAX_STREAMS = 50;
/** How often those without a stream are asked for, in case the stream for all missed something. */
const ASK_EVERY_MS = 5_000;
const ASK_AT_ONCE = 20;
/** The server's own limit for a page. */
const MAX_PAGE = 1_000;

class JobFollower {
  readonly #ct: CloudTask;
  readonly #input: FollowInput;
  readonly #jobs = new Map<string, Job | null>();
  readonly #waiting: string[] = [];
  readonly #streamed = new Set<string>();
  readonly #leave = new AbortController();
  readonly #signal: AbortSignal;
  readonly #end = Promise.withResolvers<Job[]>();
  #asking: ReturnType<typeof setInterval> | undefined;
  /** The jobs of a list become known one after the other: the first is not all of them. */
  #isListing = false;

  constructor(ct: CloudTask, input: FollowInput) {
    this.#ct = ct;
    this.#input = input;
    this.#signal = AbortSignal.any([input.signal, this.#leave.signal]);
  }

  async run(): Promise<Job[]> {
    const { which } = this.#input.wish;
    this.#signal.addEventListener('abort', () => this.#end.reject(this.#signal.reason), { once: true });
    this.#end.promise.catch(() => {});
    this.#signal.throwIfAborted();
    if (which.kind === 'ids') for (const id of which.ids) this.#add(id);
    // The stream first: what changes while the list is read is not missed then.
    if (which.kind === 'matches' || which.ids.length > MAX_STREAMS) this.#watch(this.#hearOfAll());
    if (which.kind === 'matches') await this.#list();
    this.#openStreams();
    this.#endWhenDone();
    return this.#end.promise;
  }

  close(): void {
    clearInterval(this.#asking);
    this.#leave.abort();
  }

  #add(id: string): void {
    this.#jobs.set(id, null);
    this.#waiting.push(id);
  }

  /** What fails ends the whole: the others are left too. */
  #watch(work: Promise<unknown>): void {
    work.catch((error: unknown) => this.#end.reject(error));
  }

  #openStreams(): void {
    while (this.#streamed.size < MAX_STREAMS) {
      const id = this.#waiting.shift();
      if (id === undefined) return;
      const known = this.#jobs.get(id);
      if (!known || !isFinal(known.status)) this.#watch(this.#stream(id));
    }
  }

  async #stream(id: string): Promise<void> {
    const { logs, from } = this.#input.wish;
    this.#streamed.add(id);
    for await (const event of this.#ct.jobs.watch(id, { signal: this.#signal, logs, from })) this.#see(event);
    const job = this.#jobs.get(id);
    // Nothing is left to tell of a job that ended while the connection was lost.
    if (!job || !isFinal(job.status)) this.#seeJob(await this.#ct.jobs.get(id, { signal: this.#signal }));
    this.#streamed.delete(id);
    this.#openStreams();
  }

  async #hearOfAll(): Promise<void> {
    const { which } = this.#input.wish;
    this.#asking = setInterval(() => this.#watch(this.#ask()), ASK_EVERY_MS);
    const filter = which.kind === 'ids' ? { ids: [...which.ids] } : toWatchFilter(which.filter);
    for await (const event of this.#ct.jobs.watchMany(filter, { signal: this.#signal })) {
      if (event.kind === 'reset') await this.#ask();
      else if (this.#isMember(event.job)) this.#see(event);
    }
  }

  #isMember({ id, createdAt }: Job): boolean {
    if (this.#jobs.has(id)) return !this.#streamed.has(id);
    const { which } = this.#input.wish;
    // Old jobs that change are none of those that were chosen; new ones are, where the watch is open.
    if (which.kind === 'ids' || !which.isOpen || Date.parse(createdAt) < this.#openedAt) return false;
    this.#add(id);
    return true;
  }

  /** By the server's clock as far as it is known; jobs that come later are newer than this. */
  get #openedAt(): number {
    const newest = [...this.#jobs.values()].map((job) => (job === null ? 0 : Date.parse(job.createdAt)));
    return Math.max(0, ...newest);
  }

  async #ask(): Promise<void> {
    if (this.#input.wish.which.kind === 'matches' && this.#input.wish.which.isOpen) return this.#list();
    const left = [...this.#jobs].filter(([id, job]) => !this.#streamed.has(id) && (!job || !isFinal(job.status)));
    for (const [id] of left.slice(0, ASK_AT_ONCE)) {
      this.#seeJob(await this.#ct.jobs.get(id, { signal: this.#signal }));
    }
  }

  async #list(): Promise<void> {
    const { which } = this.#input.wish;
    if (which.kind !== 'matches') return;
    const { filter, limit } = which;
    const page = Math.min(limit, MAX_PAGE);
    const jobs = await this.#ct.jobs.list({ ...filter, limit: page }, { signal: this.#signal }).toArray({ limit });
    this.#isListing = true;
    // Newest last, as they come later too.
    for (const job of jobs.reverse()) {
      if (!this.#jobs.has(job.id)) this.#add(job.id);
      if (!this.#streamed.has(job.id)) this.#seeJob(job);
    }
    this.#isListing = false;
    this.#openStreams();
    this.#endWhenDone();
  }

  #seeJob(job: Job): void {
    const { id: jobId, status, updatedAt: at } = job;
    this.#see({ seq: '0', at, jobId, kind: 'status', status, job });
  }

  #see(event: JobStreamEvent): void {
    if (event.kind !== 'status') {
      this.#input.onEvent(event);
      return;
    }
    const before = this.#jobs.get(event.jobId);
    // A list that was read meanwhile may be older than what the stream has told.
    if (before && (!isNews(before, event.job) || event.job.updatedAt < before.updatedAt)) return;
    this.#jobs.set(event.jobId, event.job);
    this.#input.onEvent(event);
    this.#openStreams();
    this.#endWhenDone();
  }

  #endWhenDone(): void {
    if (this.#isListing) return;
    const { which, failFast } = this.#input.wish;
    const jobs = [...this.#jobs.values()];
    const ended = jobs.filter((job) => job !== null && isFinal(job.status)) as Job[];
    if (failFast && ended.some(({ status }) => status !== 'COMPLETED')) this.#end.resolve(ended);
    const isOpen = which.kind === 'matches' && which.isOpen;
    if (!isOpen && ended.length === jobs.length) this.#end.resolve(ended);
  }
}

/** The stream for all knows no times, and no lists in one text. */
function toWatchFilter({ type, queue, tag }: WatchedMatches['filter']) {
  return {
    ...(type !== undefined && { type: type.split(',') }),
    ...(queue !== undefined && { queue: queue.split(',') }),
    ...(tag !== undefined && { tag }),
  };
}

function isNews(before: Job, job: Job): boolean {
  return before.status !== job.status || before.attempt !== job.attempt || before.updatedAt !== job.updatedAt;
}
