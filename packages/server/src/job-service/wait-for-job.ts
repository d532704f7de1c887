import type { JobRow } from '@cloudtask/core/protocol/job-row';
import { isFinal } from '@cloudtask/sdk/contract';
import type { JobWatch } from './job-watch.ts';
import type { JobReader } from './read-jobs.ts';

export interface WaitForJob {
  reader: JobReader;
  watch: JobWatch;
}

export interface Wait {
  userId: string;
  id: string;
  timeoutMs: number;
  /** The client has gone, or the server stops. */
  signal: AbortSignal;
}

/** The job once it is final, or as it is when the time is over. Undefined when there is no such job of the user. */
export async function waitForJob(
  { reader, watch }: WaitForJob,
  { timeoutMs, signal, ...wanted }: Wait,
): Promise<JobRow | undefined> {
  const now = await reader.read(wanted);
  if (!now || isFinal(now.status) || timeoutMs === 0 || signal.aborted) return now;
  const final = await new Promise<JobRow | undefined>((resolve) => {
    const onAbort = () => end();
    const timer = setTimeout(onAbort, timeoutMs);
    signal.addEventListener('abort', onAbort);
    const stop = watch.watch(wanted, (row) => {
      if (isFinal(row.status)) end(row);
    });
    function end(row?: JobRow) {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      // A watch may call at once, before it has answered how to end it.
      queueMicrotask(() => stop());
      resolve(row);
    }
  });
  return final ?? (await reader.read(wanted));
}
