import type { Logger } from '@cloudtask/core/logger';
import type { ClaimedJob } from '@cloudtask/core/protocol/claim';
import type { AttemptEnd } from '../attempt-end.ts';
import { retryableFailure } from '../outcome-of-error.ts';
import type { ChildExit, ChildSpec } from './child-process.ts';

/** What follows for the attempt when its process ended before its handler had. It counts, and is tried again. */
export function endOfExit(exit: ChildExit, job: ClaimedJob, { memoryLimit }: ChildSpec): AttemptEnd {
  if (exit.killedFor === 'memory') {
    return retryableFailure('OUT_OF_MEMORY', `the handler used more memory than its limit of ${memoryLimit} MiB`, job);
  }
  if (HEAP_IS_FULL.test(exit.lastErrors) && (exit.signal === 'SIGABRT' || exit.code === 134 || exit.code === 5)) {
    return retryableFailure('OUT_OF_MEMORY', `the handler's heap grew beyond its limit of ${memoryLimit} MiB`, job);
  }
  return retryableFailure('HANDLER_EXITED', `the handler's process ended before its job: ${describe(exit)}`, job);
}

/** Nothing of the handler has run: that the machine has no process to give is no failure of the job, and costs no attempt. */
export function endWithoutProcess(err: unknown, logger: Logger): AttemptEnd {
  logger.error({ err, againInMs: SPAWN_AGAIN_MS }, 'no child process could be started, the job waits');
  return { kind: 'snoozed', delayMs: SPAWN_AGAIN_MS };
}

function describe({ code, signal, killedFor, crash }: ChildExit): string {
  if (killedFor === 'garbled') return 'it was killed for what it wrote to the pipe that is kept for the worker';
  if (crash !== undefined) return crash;
  if (signal === 'SIGKILL') return 'it was killed by SIGKILL (the kernel does that when memory runs out)';
  return signal === null ? `it exited with code ${code}` : `it was killed by ${signal}`;
}

const HEAP_IS_FULL = /heap out of memory|Reached heap limit|Allocation failed/;
const SPAWN_AGAIN_MS = 5_000;
