import { type CloudTask, isFinal, NotFoundError, WaitTimeoutError } from '@cloudtask/sdk';
import { printable } from '../views/printable.ts';
import { shortRef } from '../views/status.ts';
import { type Finding, finding } from './finding.ts';

/** Built into every worker that was not told otherwise. */
const TYPE = 'sleep';

/** Sends a job that takes no time and waits for its result: what users do, and what no health check can promise. */
export async function makeRoundTrip(ct: CloudTask, { timeoutMs }: { timeoutMs: number }): Promise<Finding> {
  const id = 'round-trip';
  try {
    const types = await ct.types.list().toArray({ limit: Number.POSITIVE_INFINITY });
    if (!types.some(({ type, workers }) => type === TYPE && workers > 0)) return nobodyRuns(types);
    const startedAt = performance.now();
    const job = await ct.jobs.create(TYPE, { seconds: 0 }, { tags: ['doctor'], ttl: '1m', maxAttempts: 1 });
    const ended = await waitOrCancel(ct, job.id, timeoutMs);
    const ms = Math.round(performance.now() - startedAt);
    if (ended.status === 'COMPLETED') return finding(id, 'ok', `round trip: submit, run, result in ${ms} ms (${TYPE})`);
    const how = isFinal(ended.status)
      ? `ended ${ended.status}`
      : `is still ${ended.status} after ${timeoutMs / 1_000} s`;
    return finding(id, 'fail', `round trip: the job ${how}`, `cloudtask explain ${shortRef(job.id)}`);
  } catch (error) {
    return finding(id, 'fail', `round trip: ${printable((error as Error).message)}`, 'cloudtask status');
  }
}

/** Nothing is left behind: a job that nobody takes is cancelled. */
async function waitOrCancel(ct: CloudTask, id: string, timeoutMs: number) {
  try {
    return await ct.jobs.wait(id, { timeout: timeoutMs });
  } catch (error) {
    if (!(error instanceof WaitTimeoutError)) throw error;
    await ct.jobs.cancel(id, { reason: 'cloudtask doctor waited long enough' }).catch((reason: unknown) => {
      if (!(reason instanceof NotFoundError)) throw reason;
    });
    return error.job;
  }
}

function nobodyRuns(types: readonly { workers: number }[]): Finding {
  const hasWorkers = types.some(({ workers }) => workers > 0);
  if (hasWorkers) {
    return finding('round-trip', 'warn', `round trip: not made, no worker here runs the built-in type ${TYPE}`);
  }
  return finding(
    'round-trip',
    'fail',
    'round trip: nobody would run the job, no worker is live',
    'cloudtask worker start',
  );
}
