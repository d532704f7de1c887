import type { CloudTask } from '@cloudtask/sdk';
import type { ExitCode } from '../errors/exit-codes.ts';
import type { Output } from '../output/output.ts';
import { exitOfJobs } from './job-fate.ts';
import { sayStopped, untilInterrupted } from './stop-watching.ts';
import { watchJobs } from './watch-jobs.ts';
import { wishFor } from './watch-wish.ts';

/** Watches the one job that was submitted just now; its fate is the exit code. Without `timeoutMs` to its end. */
export async function waitForSubmitted(
  { ct, out }: { ct: CloudTask; out: Output },
  { id, timeoutMs }: { id: string; timeoutMs: number | undefined },
): Promise<ExitCode> {
  const watched = await untilInterrupted((signal) =>
    watchJobs({ ct, out }, { wish: wishFor([id]), signal, timeoutMs, to: 'conversation' }),
  );
  if (watched === 'interrupted') return sayStopped(out, [id]);
  if (out.isData) out.data(watched[0]);
  return exitOfJobs(watched);
}
