import { anySignal } from './any-signal.ts';
import { pathOf } from './calls.ts';
import { isFinal } from './contract.ts';
import { followStream, StreamFinished, StreamUnusable } from './follow-stream.ts';
import type { JobStreamEvent } from './live-contract.ts';
import { isPassing, startOutage } from './outage.ts';
import { sleep } from './sleep.ts';
import { watchByAsking } from './watch-by-asking.ts';
import type { WatchDeps } from './watch-deps.ts';
import { isNewer, type WatchState } from './watch-state.ts';

export interface WatchInput {
  id: string;
  signal?: AbortSignal | undefined;
  /** Continue after this event. */
  after?: string | undefined;
  /** Default `now`. */
  from?: 'now' | 'start' | undefined;
  /** Log lines too; there may be thousands. Default true. */
  logs?: boolean | undefined;
  /** Only the end matters: without a stream, ask the server to hold the answer until then. */
  untilFinal?: boolean;
}

/**
 * The events of a job up to its end, each once. Comes back by itself after a lost connection or a restart of the server; where
 * event streams do not get through (some proxies), asks again and again instead.
 */
export async function* watchJob(deps: WatchDeps, input: WatchInput): AsyncGenerator<JobStreamEvent, void> {
  const leave = new AbortController();
  const signal = anySignal(leave.signal, deps.closed, input.signal);
  const state: WatchState = { after: input.after ?? null, last: null };
  const { id, from, logs = true, untilFinal = false } = input;
  try {
    yield* streamUntilFinal(deps, { id, from, logs, signal }, state);
  } catch (error) {
    if (error instanceof StreamFinished) return;
    if (!(error instanceof StreamUnusable)) throw error;
    yield* watchByAsking(deps, { id, signal, logs, fromStart: from === 'start', longPoll: untilFinal }, state);
  } finally {
    leave.abort();
  }
}

/** A stream that was open for this long was no part of an outage. */
const STEADY_MS = 5_000;

async function* streamUntilFinal(
  deps: WatchDeps,
  { id, from, logs, signal }: { id: string; from: WatchInput['from']; logs: boolean; signal: AbortSignal },
  state: WatchState,
): AsyncGenerator<JobStreamEvent> {
  const outage = startOutage(deps.maxOutageMs);
  const path = `${pathOf('jobs', id)}/events`;
  const query = { ...(!logs && { logs }), ...(from === 'start' && { from }) };
  for (;;) {
    let lost: unknown;
    let openedAt = Number.POSITIVE_INFINITY;
    const onOpen = () => {
      openedAt = Date.now();
    };
    try {
      const { after } = state;
      const stream = { path, query, after, expectsFirst: after === null, signal, onOpen };
      for await (const { event: name, data } of followStream(deps, stream)) {
        outage.over();
        if (!KINDS.includes(name)) continue;
        const event = JSON.parse(data) as JobStreamEvent;
        if (state.after !== null && !isNewer(event.seq, state.after)) continue;
        state.after = event.seq;
        if (event.kind === 'status') state.last = event.job;
        yield event;
        if (event.kind === 'status' && isFinal(event.status)) return;
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

/** A newer server may send others. */
const KINDS = ['status', 'progress', 'log'];
