import { AsyncLocalStorage } from 'node:async_hooks';
import type { OutputStream } from './child-messages.ts';
import type { ChildVoice } from './child-voice.ts';

/** Whose code is running in this process: also in what it left running, when the next job has begun. */
const speaking = new AsyncLocalStorage<ChildVoice>();

export function speakingAs<Result>(voice: ChildVoice, work: () => Result): Result {
  return speaking.run(voice, work);
}

/**
 * From now on what a run prints is said by it. What is printed outside of any run, or by one that is over or wants no such lines, goes where
 * native code prints too: to pipes that the worker takes for nobody's.
 */
export function relayPrinted(): void {
  for (const stream of ['stdout', 'stderr'] as const) relayStream(stream);
}

type Write = (chunk: string | Uint8Array, encoding?: unknown, done?: unknown) => boolean;

function relayStream(name: OutputStream): void {
  const stream = process[name];
  const toPipe = stream.write.bind(stream) as Write;
  const write: Write = (chunk, encoding, done) => {
    const voice = speaking.getStore();
    if (!voice?.hears(name)) return toPipe(chunk, encoding, done);
    voice.print(name, chunk, typeof encoding === 'string' ? (encoding as BufferEncoding) : undefined);
    const then = typeof encoding === 'function' ? encoding : done;
    if (typeof then === 'function') process.nextTick(then as () => void);
    return true;
  };
  stream.write = write as typeof stream.write;
}
