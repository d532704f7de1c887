import { isFinal } from '@cloudtask/sdk/contract';
import type { JobRow } from '../store/job-row.ts';
import type { EventStream } from './http/event-stream.ts';
import { isAfter, type Place, placeOf, toEvent } from './job-sequence.ts';
import type { JobWatch } from './job-watch.ts';
import type { UserWatch } from './user-watch.ts';

/** One job until it is final. The first event is where it is now, unless the client has seen that. */
export function streamJob(
  watch: JobWatch,
  stream: EventStream,
  { userId, id, seen }: { userId: string; id: string; seen: Place | undefined },
): void {
  let last = seen;
  const stop = watch.watch({ userId, id }, (row) => {
    if (isAfter(placeOf(row), last)) {
      last = placeOf(row);
      sendJob(stream, row);
    }
    if (isFinal(row.status)) stream.end();
  });
  stopWith(stream, stop);
}

/** All jobs of a user, live. When events were missed, here or on the way, `reset` says: list again. */
export function streamUser(watch: UserWatch, stream: EventStream, userId: string): void {
  let isBehind = false;

  function reset(): void {
    // Said once per gap, and when it can be read.
    if (stream.hasRoom) isBehind = !stream.send({ event: 'reset', data: {} });
    else isBehind = true;
  }

  const stop = watch.watch(userId, {
    change(row) {
      if (isBehind) reset();
      if (!isBehind) isBehind = !sendJob(stream, row);
    },
    gap: reset,
  });
  stopWith(stream, stop);
}

function stopWith({ ended }: EventStream, stop: () => void): void {
  if (ended.aborted) stop();
  else ended.addEventListener('abort', stop);
}

function sendJob(stream: EventStream, row: JobRow): boolean {
  const event = toEvent(row);
  return stream.send({ id: event.seq, event: event.kind, data: event });
}
