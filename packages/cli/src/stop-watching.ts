import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Output } from './output.ts';
import { shortRef } from './views/status.ts';

/** Ctrl-C while watching ends the watching, never the job. */
export async function untilInterrupted<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T | 'interrupted'> {
  const controller = new AbortController();
  const stop = () => controller.abort();
  process.once('SIGINT', stop);
  try {
    return await work(controller.signal);
  } catch (error) {
    if (controller.signal.aborted) return 'interrupted';
    throw error;
  } finally {
    process.off('SIGINT', stop);
  }
}

export function sayStopped(out: Output, ids: readonly string[]): ExitCode {
  const [what, refs] = [ids.length === 1 ? 'The job goes on' : 'The jobs go on', ids.map(shortRef).join(' ')];
  out.say(`Stopped watching. ${what}. Cancel: cloudtask cancel ${refs}`);
  return EXIT.interrupted;
}
