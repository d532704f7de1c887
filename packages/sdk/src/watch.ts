import { isFinal, type Job, type JobEvent } from './contract.ts';
import { APIError, ConnectionError, TimeoutError } from './errors.ts';
import { followStream, isNewer, StreamUnusable } from './follow-stream.ts';
import { pollJob } from './poll.ts';
import type { Requester } from './request.ts';
import { sleep } from './sleep.ts';

/** What watching needs of a client. */
export interface WatchDeps {
  requester: Requester;
  closed: AbortSignal;
  /** A stream that is silent for longer is taken for dead. */
  idleMs: number;
  /** An outage that lasts longer ends the watch. */
  maxOutageMs: number;
}

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
    if (!(error instanceof StreamUnusable)) throw error;
    for await (const job of pollJob(deps, { id: input.id, signal, longPoll: input.untilFinal === true })) {
      if (isNews(state, job)) yield remember(state, toEvent(job, state));
    }
  } finally {
    leave.abort();
  }
}

interface WatchState {
  after: string | null;
  last: Job | null;
}

async function* streamUntilFinal(deps: WatchDeps, id: string, state: WatchState, signal: AbortSignal) {
  const outage = startOutage(deps.maxOutageMs);
  for (;;) {
    try {
      for await (const event of followStream(deps, { id, after: state.after, signal })) {
        outage.over();
        if (state.after !== null && !isNewer(event.seq, state.after)) continue;
        yield remember(state, event);
        if (isFinal(event.status)) return;
      }
      // The server ended the stream before the job ended: it is stopping, another one will answer.
      outage.began(null);
    } catch (error) {
      if (!isPassing(error)) throw error;
      outage.began(error);
    }
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

/** What goes away by itself: no connection, or a server that fails or is overloaded. */
export function isPassing(error: unknown): boolean {
  if (error instanceof APIError) return error.status >= 500 || error.status === 429;
  return error instanceof ConnectionError || error instanceof TimeoutError;
}

export interface Outage {
  over(): void;
  /** Counts a failure; throws it when the outage has lasted too long. */
  began(error: unknown): void;
  nextDelayMs(): number;
}

/** How long an unbroken outage may last, and the growing pauses within it: 0.1 s to 5 s, with jitter. */
export function startOutage(maxMs: number): Outage {
  let since: number | null = null;
  let failures = 0;
  return {
    over() {
      since = null;
      failures = 0;
    },
    began(error) {
      since ??= Date.now();
      failures++;
      if (error !== null && Date.now() - since > maxMs) throw error;
    },
    nextDelayMs: () => Math.min(5_000, 100 * 2 ** Math.min(failures - 1, 10)) * (0.5 + Math.random() / 2),
  };
}
