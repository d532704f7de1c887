import { DEFAULT_BACKOFF } from '@cloudtask/core/backoff';
import type { JobRow } from '@cloudtask/core/protocol/job-row';
import { readLiveWorkers } from '@cloudtask/core/protocol/live-workers';
import type { OwnedId } from '@cloudtask/core/protocol/owned-jobs';
import { readPauses } from '@cloudtask/core/protocol/queue-pauses';
import { type Explanation, isFinal } from '@cloudtask/sdk/contract';
import { countRunning } from '../store/count-running.ts';
import {
  countAhead,
  type JobDetail,
  readJobDetail,
  readLastHandled,
  readSchedulerSeen,
} from '../store/explain-queries.ts';
import { CHECKS } from './explain-checks/checks.ts';
import { finished } from './explain-checks/finished.ts';
import type { Finding, Situation } from './explain-checks/situation.ts';
import { span } from './explain-checks/wording.ts';
import { workerLost } from './explain-checks/worker-lost.ts';
import type { JobServiceParts } from './parts.ts';
import { planRetries } from './plan-retries.ts';

type Parts = Pick<JobServiceParts, 'database' | 'broker' | 'reader' | 'types'>;

/**
 * Why a job is not running, and what happens next. It asks the database alone, so it answers when the broker is away too.
 * Undefined for unknown jobs and those of others.
 */
export async function explainJob(parts: Parts, wanted: OwnedId): Promise<Explanation | undefined> {
  const [job, detail] = await Promise.all([parts.reader.read(wanted), readJobDetail(parts.database, wanted)]);
  if (!job || !detail) return undefined;
  const situation = isWaiting(job) ? await readSituation(parts, job, detail) : onlyJob(parts, job, detail);
  const checks = isWaiting(job) ? CHECKS : isFinal(job.status) ? [finished] : [finished, workerLost];
  const findings = checks.flatMap((check) => check(situation) ?? []);
  return {
    jobId: job.id,
    status: job.status,
    verdict: verdictOf(job, findings),
    summary: summaryOf(situation, findings),
    checks: findings.map(({ verdict: _, next: __, ...check }) => check),
    next: nextOf(situation, findings),
    retries: planRetries(job, { now: detail.now, policy: detail.backoff ?? DEFAULT_BACKOFF }),
  };
}

function isWaiting({ status }: JobRow): boolean {
  return status !== 'RUNNING' && !isFinal(status);
}

async function readSituation(parts: Parts, job: JobRow, detail: JobDetail): Promise<Situation> {
  const { database, types } = parts;
  const { id, userId, queue, type, payload } = job;
  const [pauses, workers, lastHandled, scheduler] = await Promise.all([
    readPauses(database),
    readLiveWorkers(database),
    readLastHandled(database, type),
    readSchedulerSeen(database),
  ]);
  const own = workers.filter(({ queues }) => queues.includes(queue));
  // What nobody runs is passed over by the dispatcher, and is not ahead of anything.
  const offered = [...new Set(own.flatMap((worker) => worker.types.map((each) => each.type)))];
  const [running, ahead] = await Promise.all([
    countRunning(database, { userId, workers: own }),
    countAhead(database, { queue, types: offered, rank: detail.rank, id }),
  ]);
  const known = types.get(type);
  return {
    ...onlyJob(parts, job, detail),
    pause: pauses.find((each) => each.queue === queue),
    workers,
    running,
    ahead,
    lastHandled,
    scheduler,
    payloadIssues: known?.hasSchema ? known.checkPayload(payload) : null,
  };
}

function onlyJob({ broker, database }: Parts, job: JobRow, detail: JobDetail): Situation {
  const isShared = database.shared;
  const running = { counts: [], isAtLeast: false };
  const unread = { pause: undefined, workers: [], running, ahead: 0, lastHandled: undefined, payloadIssues: null };
  return { ...unread, job, detail, isShared, broker: broker.health, scheduler: { isSilent: false, seenAt: null } };
}

function verdictOf({ status }: JobRow, findings: readonly Finding[]): Explanation['verdict'] {
  if (status === 'RUNNING') return 'running';
  if (isFinal(status)) return 'finished';
  return findings.some(({ ok, verdict }) => !ok && verdict === 'blocked') ? 'blocked' : 'waiting';
}

function summaryOf(situation: Situation, findings: readonly Finding[]): string {
  const { job } = situation;
  if (job.status === 'RUNNING') return describeRun(situation);
  return findings.find(({ ok }) => !ok)?.message ?? 'Nothing holds the job: it is about to start.';
}

function describeRun({ job, detail }: Situation): string {
  const { failures, losses, attemptLimit, startedAt, workerName, cancelRequestedAt } = job;
  const ranMs = startedAt ? detail.now.getTime() - startedAt.getTime() : 0;
  const stops = cancelRequestedAt ? ' and was asked to stop' : '';
  return `Attempt ${failures + losses + 1} of ${attemptLimit} has run for ${span(ranMs)} on ${workerName ?? 'a worker'}${stops}.`;
}

/** The first thing that the clock alone brings. */
function nextOf({ job, detail }: Situation, findings: readonly Finding[]): Explanation['next'] {
  const { status, startedAt } = job;
  if (status === 'RUNNING') {
    if (!startedAt || detail.timeoutMs === 0) return null;
    return { what: 'timeout', at: new Date(startedAt.getTime() + detail.timeoutMs).toISOString() };
  }
  const held = findings.find(({ ok, next }) => !ok && next)?.next ?? null;
  if (isFinal(status) || !detail.expiresAt) return held;
  const expires = { what: 'expire', at: detail.expiresAt.toISOString() } as const;
  return held && held.at < expires.at ? held : expires;
}
