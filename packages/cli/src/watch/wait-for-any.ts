import type { CloudTask, Job } from '@cloudtask/sdk';

/** The first of these jobs to end, as it is then. */
export async function waitForAny(
  ct: CloudTask,
  ids: readonly string[],
  { signal, timeoutMs }: { signal: AbortSignal; timeoutMs: number | undefined },
): Promise<Job[]> {
  const leave = new AbortController();
  const options = {
    signal: AbortSignal.any([signal, leave.signal]),
    ...(timeoutMs !== undefined && { timeout: timeoutMs }),
  };
  const waits = ids.map((id) => ct.jobs.wait(id, options) as Promise<Job>);
  // Those that are left end with the signal; nobody looks at them any more.
  for (const wait of waits) wait.catch(() => {});
  try {
    return [await Promise.race(waits)];
  } finally {
    leave.abort();
  }
}
