import { anySignal } from './any-signal.ts';
import type { Job, JobEvent, JobStatus } from './contract.ts';
import { followStream, StreamUnusable } from './follow-stream.ts';
import { isPassing, startOutage } from './outage.ts';
import { sleep } from './sleep.ts';
import type { WatchDeps } from './watch-deps.ts';

/** Which events to see: those of jobs that meet all conditions. The client chooses; the server sends all of the account. */
export interface WatchFilter {
  /** Changes to one of these. */
  status?: JobStatus | JobStatus[];
  type?: string | string[];
  queue?: string | string[];
  /** Jobs that have all of these. */
  tag?: string | string[];
  /** Only these jobs. */
  ids?: string[];
}

/** Many jobs, live. What a lost connection missed is not told again: a `reset` stands for it. */
export async function* watchManyJobs(
  deps: WatchDeps,
  filter: WatchFilter,
  stop: AbortSignal | undefined,
  onOpen?: () => void,
): AsyncGenerator<JobEvent | { kind: 'reset' }, void> {
  const leave = new AbortController();
  const signal = anySignal(leave.signal, deps.closed, stop);
  const outage = startOutage(deps.maxOutageMs);
  const isWanted = toTest(filter);
  try {
    for (let connections = 0; ; connections++) {
      // Told by the client: the events of all jobs have no common number that the server could compare.
      if (connections > 0) yield { kind: 'reset' };
      try {
        const opened = () => {
          outage.over();
          onOpen?.();
        };
        const input = { path: '/events', after: null, expectsFirst: false, signal, onOpen: opened };
        for await (const { event, data } of followStream(deps, input)) {
          if (event === 'reset') yield { kind: 'reset' };
          if (event !== 'status') continue;
          const change = JSON.parse(data) as JobEvent;
          if (isWanted(change.job)) yield change;
        }
        outage.began(new StreamUnusable('the server ends every stream'));
      } catch (error) {
        if (!isPassing(error)) throw error;
        outage.began(error);
      }
      await sleep(Math.max(500, outage.nextDelayMs()), signal);
    }
  } finally {
    leave.abort();
  }
}

function toTest({ status, type, queue, tag = [], ids }: WatchFilter): (job: Job) => boolean {
  const wantedIds = ids?.map((id) => id.toLowerCase());
  const tags = [tag].flat();
  return (job) =>
    isAmong(status, job.status) &&
    isAmong(type, job.type) &&
    isAmong(queue, job.queue) &&
    isAmong(wantedIds, job.id) &&
    tags.every((each) => job.tags.includes(each));
}

function isAmong<T>(wanted: T | T[] | undefined, value: T): boolean {
  return wanted === undefined || [wanted].flat().includes(value);
}
