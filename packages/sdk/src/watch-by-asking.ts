import { callsOf, pathOf } from './calls.ts';
import type { Job } from './contract.ts';
import type { JobLog, JobStreamEvent } from './live-contract.ts';
import { pollJob } from './poll.ts';
import type { WatchDeps } from './watch-deps.ts';
import { isNewer, type WatchState } from './watch-state.ts';

export interface AskInput {
  id: string;
  signal: AbortSignal;
  /** Log lines too. */
  logs: boolean;
  /** From the first line of the first attempt; else from the attempt that runs when it begins. */
  fromStart: boolean;
  /** Only the end matters: the server is asked to hold its answer until then. */
  longPoll: boolean;
}

/** The events of a job without a stream: it is asked for again and again, and what has changed since is told. */
export async function* watchByAsking(
  deps: WatchDeps,
  { id, signal, logs, fromStart, longPoll }: AskInput,
  state: WatchState,
): AsyncGenerator<JobStreamEvent> {
  const log: LogPlace = { seq: state.after, cursor: null, fromAttempt: fromStart || state.after !== null ? 0 : null };
  for await (const job of pollJob(deps, { id, signal, longPoll })) {
    // The lines of an attempt come before the status that ended it.
    if (logs) {
      log.fromAttempt ??= job.attempt;
      for await (const line of newLines(deps, { id, signal }, log)) yield { ...line, jobId: id, kind: 'log' };
    }
    const { last } = state;
    if (isNews(last, job)) {
      state.last = job;
      // A job that was asked for brings no number of its own; the last one of the stream still is where to continue.
      yield { seq: state.after ?? '0', at: job.updatedAt, jobId: id, kind: 'status', status: job.status, job };
    } else if (job.progress && JSON.stringify(job.progress) !== JSON.stringify(last?.progress)) {
      state.last = job;
      yield { seq: state.after ?? '0', at: new Date().toISOString(), jobId: id, kind: 'progress', ...job.progress };
    }
  }
}

function isNews(last: Job | null, job: Job): boolean {
  return last?.status !== job.status || last.attempt !== job.attempt || last.updatedAt !== job.updatedAt;
}

interface LogPlace {
  /** The last line that was told. */
  seq: string | null;
  /** Where the page began on which it was: the last page has no next one yet. */
  cursor: string | null;
  fromAttempt: number | null;
}

async function* newLines(
  { requester }: WatchDeps,
  { id, signal }: { id: string; signal: AbortSignal },
  place: LogPlace,
): AsyncGenerator<JobLog> {
  const path = `${pathOf('jobs', id)}/logs`;
  const calls = callsOf(requester);
  for (;;) {
    const query = { limit: 1_000, cursor: place.cursor };
    const page = await calls.list<JobLog>('jobs.logs', path, { query, signal });
    for (const line of page.data) {
      if (place.seq !== null && !isNewer(line.seq, place.seq)) continue;
      place.seq = line.seq;
      if (line.attempt >= (place.fromAttempt ?? 0)) yield line;
    }
    if (page.nextCursor === null) return;
    place.cursor = page.nextCursor;
  }
}
