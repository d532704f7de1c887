import type { JobEvent } from './contract.ts';
import { followStream, StreamUnusable } from './follow-stream.ts';
import { isPassing, startOutage } from './outage.ts';
import { sleep } from './sleep.ts';
import type { WatchDeps } from './watch-deps.ts';

/** All jobs of the account, live. What a lost connection missed is not told again: a `reset` stands for it. */
export async function* watchAllJobs(
  deps: WatchDeps,
  stop: AbortSignal | undefined,
): AsyncGenerator<JobEvent | { kind: 'reset' }, void> {
  const leave = new AbortController();
  const signal = AbortSignal.any([leave.signal, deps.closed, ...(stop ? [stop] : [])]);
  const outage = startOutage(deps.maxOutageMs);
  try {
    for (let connections = 0; ; connections++) {
      // Told by the client: the events of all jobs have no common number that the server could compare.
      if (connections > 0) yield { kind: 'reset' };
      try {
        const input = { path: '/events', after: null, expectsFirst: false, signal, onOpen: outage.over };
        for await (const { event, data } of followStream(deps, input)) {
          if (event === 'reset') yield { kind: 'reset' };
          else if (event === 'status') yield JSON.parse(data) as JobEvent;
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
