import { setTimeout as pause } from 'node:timers/promises';
import { type CloudTask, NotFoundError, type WorkerDetails } from '@cloudtask/sdk';
import { CliError } from '../errors/cli-error.ts';
import { EXIT } from '../errors/exit-codes.ts';
import { printable } from '../views/printable.ts';

export interface WaitForEnd {
  id: number;
  signal: AbortSignal;
  /** Undefined: for as long as it takes. */
  timeoutMs: number | undefined;
  /** Each look. */
  onLook(worker: WorkerDetails): void;
}

/** The worker as it was seen last: stopped, or dead. */
export async function waitForEnd(ct: CloudTask, { id, signal, timeoutMs, onLook }: WaitForEnd): Promise<WorkerDetails> {
  const until = performance.now() + (timeoutMs ?? Number.POSITIVE_INFINITY);
  let last: WorkerDetails | undefined;
  for (;;) {
    try {
      last = await ct.workers.get(id, { signal });
    } catch (error) {
      // Its row was removed with the other old ones: it has ended.
      if (last === undefined || !(error instanceof NotFoundError)) throw error;
      return last;
    }
    onLook(last);
    if (last.state === 'stopped' || last.state === 'dead') return last;
    const leftMs = until - performance.now();
    if (leftMs <= 0) throw notEnded(last);
    await pause(Math.min(LOOK_EACH_MS, leftMs), undefined, { signal });
  }
}

export function jobsLeft({ running }: WorkerDetails): string {
  return `${running.length} ${running.length === 1 ? 'job' : 'jobs'} left`;
}

function notEnded(worker: WorkerDetails): CliError {
  return new CliError(`${printable(worker.name)} has not ended in this time`, {
    code: 'WORKER_NOT_ENDED',
    exit: EXIT.notFinished,
    why: `It goes on draining: ${jobsLeft(worker)}.`,
    tryThis: `cloudtask workers show ${worker.id}`,
  });
}

const LOOK_EACH_MS = 1_000;
