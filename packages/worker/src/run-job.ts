import type { Attempt } from './attempt.ts';
import type { AttemptEnd } from './attempt-end.ts';
import type { ChildPool } from './isolation/child-pool.ts';
import { runIsolated } from './isolation/run-isolated.ts';
import type { JobContextDeps } from './job-context.ts';
import { runInline } from './run-inline.ts';

/**
 * Runs an attempt to its end. Never rejects. Undefined: it belongs to somebody else by now, there is nothing to report.
 */
export async function runJob(
  deps: JobContextDeps & { children: ChildPool },
  attempt: Attempt,
): Promise<AttemptEnd | undefined> {
  return await (attempt.span ? attempt.span.run(() => run(deps, attempt)) : run(deps, attempt));
}

function run(deps: JobContextDeps & { children: ChildPool }, attempt: Attempt): Promise<AttemptEnd | undefined> {
  return attempt.isIsolated ? runIsolated(deps, attempt) : runInline(deps, attempt);
}
