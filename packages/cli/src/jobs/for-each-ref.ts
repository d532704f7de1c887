import type { Job } from '@cloudtask/sdk';
import type { Output } from '../output/output.ts';
import { isPrinted } from '../requests/print-instead.ts';

/** Does the same to several jobs and shows each as it is done; the first that is refused ends it, with its error. */
export async function forEachRef(
  out: Output,
  ids: readonly string[],
  { act, show }: { act: (id: string) => Promise<Job>; show: (job: Job) => void },
): Promise<void> {
  const jobs: Job[] = [];
  let printed: unknown;
  try {
    for (const id of ids) {
      const job = await act(id).catch((error: unknown) => {
        if (!isPrinted(error)) throw error;
        printed = error;
      });
      if (!job) continue;
      jobs.push(job);
      if (out.mode === 'jsonl') out.data(job);
      else if (out.mode === 'plain' || out.mode === 'id') out.answer(job.id);
      else if (out.mode === 'human') show(job);
    }
  } finally {
    // What was done before a refusal is an answer.
    if ((out.mode === 'json' || out.mode === 'yaml') && jobs.length > 0) out.data(jobs);
  }
  if (printed !== undefined) throw printed;
}
