import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { isSqlError } from '@cloudtask/core/database/sql-error';
import { INVARIANTS, PROMISES } from '@cloudtask/core/protocol/violations';
import { JOB_STATUSES, type JobStatus } from '@cloudtask/sdk/contract';
import type { Verification } from '@cloudtask/sdk/verification-contract';
import { hasMoreJobsThan, verifyJobs } from '../store/verify-jobs.ts';
import { ApiProblem } from './problem.ts';

interface VerifierDeps {
  database: Database;
  clock: Clock;
  /** More are refused, unread. */
  mostJobs?: number;
}

/** Compares all stored jobs with what is promised of each. However many ask at a time, the tables are read once. */
export function createVerifier(deps: VerifierDeps): () => Promise<Verification> {
  let running: Promise<Verification> | undefined;
  return () => {
    running ??= verify(deps).finally(() => {
      running = undefined;
    });
    return running;
  };
}

const SHOWN = 100;
const LIMIT_MS = 20_000;
/** Shared servers read this many in a few seconds; a single process does nothing else meanwhile. */
const MOST_JOBS = { shared: 2_000_000, own: 200_000 };

async function verify({ database, clock, mostJobs }: VerifierDeps): Promise<Verification> {
  const startedAt = performance.now();
  const most = mostJobs ?? MOST_JOBS[database.shared ? 'shared' : 'own'];
  if (await hasMoreJobsThan(database, most)) throw tooLarge(`There are more than ${most} jobs.`);
  const { counts, violations } = await database
    .transaction((tx) => verifyJobs(tx, { limit: SHOWN + 1, limitMs: LIMIT_MS }))
    .catch((cause: unknown) => {
      throw isSqlError(cause, QUERY_CANCELED) ? tooLarge(`It took more than ${LIMIT_MS / 1_000} s.`, cause) : cause;
    });
  const shown = violations.slice(0, SHOWN).map(({ invariant, jobId, what }) => ({ check: invariant, jobId, what }));
  const jobs = Object.fromEntries(JOB_STATUSES.map((status) => [status, 0])) as Record<JobStatus, number>;
  for (const { status, count } of counts) jobs[status] = count;
  return {
    checkedAt: new Date(clock.now()).toISOString(),
    ms: Math.round(performance.now() - startedAt),
    jobs,
    checks: INVARIANTS.map((id) => ({
      id,
      promise: PROMISES[id],
      violations: shown.filter(({ check }) => check === id).length,
    })),
    violations: shown,
    isComplete: violations.length <= SHOWN,
  };
}

/** `query_canceled`: the statement took too long. */
const QUERY_CANCELED = '57014';

function tooLarge(detail: string, cause?: unknown): ApiProblem {
  return new ApiProblem('VERIFICATION_TOO_LARGE', detail, { cause });
}
