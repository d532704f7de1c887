import type { JobRow } from '@cloudtask/core/protocol/job-row';
import type { EventStream } from './http/event-stream.ts';
import { toEvent } from './job-sequence.ts';
import type { UserWatch } from './user-watch.ts';

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
  if (stream.ended.aborted) stop();
  else stream.ended.addEventListener('abort', stop);
}

function sendJob(stream: EventStream, row: JobRow): boolean {
  const event = toEvent(row);
  return stream.send({ id: event.seq, event: event.kind, data: event });
}
