import { isFinal, type Job, type JobEvent } from './contract.ts';
import { followStream, StreamFinished, StreamUnusable } from './follow-stream.ts';
import { isPassing, startOutage } from './outage.ts';
import { pollJob } from './poll.ts';
import { sleep } from './sleep.ts';
import type { WatchDeps } from './watch-deps.ts';

export interface WatchInput {
  id: string;
  signal?: AbortSignal | undefined;
  /** Continue after this event. */
  after?: string | undefined;
  /** Only the end matters: without a stream, ask the server to hold the answer until then. */
  untilFinal?: boolean;
}

/**
 * The events of a job up to its end, each once. Comes back by itself after a lost connection or a restart of the server; where
 * event streams do not get through (some proxies), asks again and again instead.
 */
export async function* watchJob(deps: WatchDeps, input: WatchInput): AsyncGenerator<JobEvent, void> {
  const leave = new AbortController();
  const signal = AbortSignal.any([leave.signal, deps.closed, ...(input.signal ? [input.signal] : [])]);
  const state: WatchState = { after: input.after ?? null, last: null };
  try {
    yield* streamUntilFinal(deps, input.id, state, signal);
  } catch (error) {
    if (error instanceof StreamFinished) return;
    if (!(error instanceof StreamUnusable)) throw error;
    for await (const job of pollJob(deps, { id: input.id, signal, longPoll: input.untilFinal === true })) {
      if (isNews(state, job)) yield remember(state, toEvent(job, state));
    }
  } finally {
    leave.abort();
  }
}

/** A stream that was open for this long was no part of an outage. */
const STEADY_MS = 5_000;

interface WatchState {
  after: string | null;
  last: Job | null;
}

async function* streamUntilFinal(deps: WatchDeps, id: string, state: WatchState, signal: AbortSignal) {
  const outage = startOutage(deps.maxOutageMs);
  const path = `/jobs/${encodeURIComponent(id)}/events`;
  for (;;) {
    let lost: unknown;
    let openedAt = Number.POSITIVE_INFINITY;
    const onOpen = () => {
      openedAt = Date.now();
    };
    try {
      const { after } = state;
      for await (const { event: name, data } of followStream(deps, {
        path,
        // Log lines may be thousands; a watch is about what becomes of the job.
        query: { logs: false },
        after,
        expectsFirst: after === null,
        signal,
        onOpen,
      })) {
        outage.over();
        if (name !== 'status') continue;
        const event = JSON.parse(data) as JobEvent;
        if (state.after !== null && !isNewer(event.seq, state.after)) continue;
        yield remember(state, event);
        if (isFinal(event.status)) return;
      }
      // The server ended the stream before the job ended: it is stopping, another one will answer.
      lost = new StreamUnusable('the server ends every stream');
    } catch (error) {
      if (!isPassing(error)) throw error;
      lost = error;
    }
    if (Date.now() - openedAt > STEADY_MS) outage.over();
    outage.began(lost);
    await sleep(outage.nextDelayMs(), signal);
  }
}

function remember(state: WatchState, event: JobEvent): JobEvent {
  state.after = event.seq;
  state.last = event.job;
  return event;
}

function isNews({ last }: WatchState, job: Job): boolean {
  return (
    last === null || last.status !== job.status || last.attempt !== job.attempt || last.updatedAt !== job.updatedAt
  );
}

// A job that was asked for brings no number of its own; the last one of the stream still is where to continue.
function toEvent(job: Job, { after }: WatchState): JobEvent {
  return { seq: after ?? '0', at: job.updatedAt, jobId: job.id, kind: 'status', status: job.status, job };
}

/** Event numbers are decimal numbers with dots between; they may have different lengths. */
function isNewer(seq: string, than: string): boolean {
  const [a, b] = [seq.split('.').map(Number), than.split('.').map(Number)];
  const at = a.findIndex((part, each) => part !== b[each]);
  return at >= 0 && (a[at] ?? 0) > (b[at] ?? 0);
}
