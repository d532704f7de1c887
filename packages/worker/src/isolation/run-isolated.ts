import { getHeapStatistics } from 'node:v8';
import type { Attempt } from '../attempt.ts';
import { type AttemptEnd, endOfAbort } from '../attempt-end.ts';
import type { JobContextDeps } from '../job-context.ts';
import type { LoadedHandler } from '../load-handlers.ts';
import type { ChildPool } from './child-pool.ts';
import type { ChildProcess, ChildSpec } from './child-process.ts';
import { endWithoutProcess } from './end-of-exit.ts';
import { IsolatedRun } from './isolated-run.ts';

/** Runs the handler in a child process to its end, or to the end of the process. Never rejects. */
export async function runIsolated(
  deps: JobContextDeps & { children: ChildPool },
  attempt: Attempt,
): Promise<AttemptEnd | undefined> {
  let child: ChildProcess;
  try {
    child = deps.children.take(specOf(attempt.handler));
  } catch (error) {
    return endWithoutProcess(error, deps.logger);
  }
  const end = await new IsolatedRun(deps, child, attempt).end;
  deps.children.give(child);
  // As in the worker itself: what a handler throws after it was told to stop means only that it obeyed.
  if (attempt.abortKind === undefined || end?.kind === 'completed' || end?.kind === 'interrupted') return end;
  return endOfAbort(attempt);
}

/** An inline handler that runs in a child after a loss has no limit of its own: it gets as much as it had in the worker. */
function specOf({ module = '', isolation, memoryLimit = DEFAULT_MEMORY_LIMIT }: LoadedHandler): ChildSpec {
  return { module, memoryLimit: isolation === 'process' ? memoryLimit : ownMemoryLimit() };
}

const DEFAULT_MEMORY_LIMIT = 512;

function ownMemoryLimit(): number {
  return Math.max(DEFAULT_MEMORY_LIMIT, Math.round(getHeapStatistics().heap_size_limit / (1024 * 1024)));
}
