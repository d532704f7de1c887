import { EXIT, type ExitCode } from '../errors/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { shortRef } from '../views/status.ts';

/** Ctrl-C while watching ends the watching, never the job; `stop` is for keys that mean the same. */
export async function untilInterrupted<T>(
  work: (signal: AbortSignal, stop: () => void) => Promise<T>,
): Promise<T | 'interrupted'> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop);
  try {
    return await work(controller.signal, stop);
  } catch (error) {
    if (controller.signal.aborted) return 'interrupted';
    throw error;
  } finally {
    process.off('SIGINT', stop);
  }
}

/** A line of hundreds of references helps nobody. */
const MOST_NAMED = 8;

export function sayStopped(out: Output, ids: readonly string[]): ExitCode {
  const what = ids.length === 1 ? 'The job goes on.' : 'The jobs go on.';
  const cancel = ids.length > MOST_NAMED ? '' : out.typed(`Cancel: cloudtask cancel ${ids.map(shortRef).join(' ')}`);
  out.say(['Stopped watching.', ...(ids.length === 0 ? [] : [what, cancel])].join(' ').trimEnd());
  return EXIT.interrupted;
}
