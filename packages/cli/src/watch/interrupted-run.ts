import { type CloudTask, CloudTaskError } from '@cloudtask/sdk';
import type { Output } from '../output/output.ts';
import { shortRef, word } from '../views/status.ts';

/** How long the handler gets to stop before the command leaves it alone. */
const PATIENCE = '10s';

/** Asks for the end of a job and waits for it; a second Ctrl-C is the system's, and leaves at once. */
export async function cancelAndAwait({ ct, out }: { ct: CloudTask; out: Output }, id: string): Promise<void> {
  out.say('Cancelling the job… Ctrl-C again to leave now');
  try {
    await ct.jobs.cancel(id, { reason: 'interrupted by its user' });
    const { status } = await ct.jobs.wait(id, { timeout: PATIENCE });
    out.say(`The job is ${word(status)}.`);
  } catch (error) {
    if (!(error instanceof CloudTaskError)) throw error;
    out.warn(`The job has not stopped yet (${error.message}). Look: cloudtask watch ${shortRef(id)}`);
  }
}
