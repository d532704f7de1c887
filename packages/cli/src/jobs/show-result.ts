import { isFinal, type Job, JobCancelledError, JobExpiredError, JobFailedError, type Json } from '@cloudtask/sdk';
import type { Output } from '../output/output.ts';
import { printable } from '../views/printable.ts';

/** The result of a completed job on stdout: text as it is, all else as JSON; `null` is a result too. */
export function showResult(out: Output, result: Json): void {
  if (out.isData) out.data(result);
  else if (out.mode === 'plain') out.answer(typeof result === 'string' ? result : JSON.stringify(result));
  else if (out.mode === 'human') for (const line of forPeople(result)) out.answer(line);
}

function forPeople(result: Json): string[] {
  const text = typeof result === 'string' ? result : JSON.stringify(result, null, 2);
  return text.split('\n').map((line) => line.replace(/\S.*/, (rest) => printable(rest)));
}

/** Throws for a job that ended without a result. */
export function refuseFailed(job: Job): void {
  if (job.status === 'COMPLETED' || !isFinal(job.status)) return;
  if (job.status === 'CANCELLED') throw new JobCancelledError(job);
  throw job.status === 'EXPIRED' ? new JobExpiredError(job) : new JobFailedError(job);
}
