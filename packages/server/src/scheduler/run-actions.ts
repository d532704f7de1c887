import { type Database, DatabaseUnavailable, type Queryable } from '@cloudtask/core/database/database';
import { retryTransient } from '@cloudtask/core/database/retry';
import type { LoopAnswer } from '@cloudtask/core/loop';
import { cancelJob } from '@cloudtask/core/protocol/cancel';
import { discardFailure, restoreFailure } from '@cloudtask/core/protocol/discard';
import { holdDuty } from '@cloudtask/core/protocol/duties';
import type { JobRow } from '@cloudtask/core/protocol/job-row';
import { redriveJob } from '@cloudtask/core/protocol/redrive';
import type { Signals } from '@cloudtask/core/signals/signals';
import { isFinal } from '@cloudtask/sdk/contract';
import { announceMoves, hasChanged, type Move } from '../announce-moves.ts';
import {
  type ActionRow,
  type Advance,
  advanceAction,
  applicable,
  holdAction,
  nextAction,
  postponeAction,
} from '../store/job-actions.ts';
import { readOwnedStates } from '../store/job-queries.ts';
import { type JobFilter, type JobPage, listJobs, SCAN } from '../store/list-jobs.ts';

export interface RunActions {
  database: Database;
  signals: Signals;
  /** As at submit: a retried job takes its place in the backlog by it. */
  ageingMs: number;
}

const DUTY = 'run-actions';
/** Longer than a step takes. After a crash the others wait this long. */
const DUTY_MS = 10_000;

/** Jobs per step: its transaction holds their rows, and on PGlite everything else waits for it. */
const BATCH = 100;
const CANARY_LOOK_MS = 1_000;
const TROUBLE_MS = 5_000;
/** An action that is made is seen this late at the most. */
const LONGEST_WAIT_MS = 500;

/** One step of the action whose turn it is; one of several schedulers does it, the others look again later. */
export async function runActions({ holder, ...deps }: RunActions & { holder: string }): Promise<LoopAnswer> {
  const next = await nextAction(deps.database);
  if (!next) return { inMs: LONGEST_WAIT_MS };
  if (next.inMs > 0) return { inMs: Math.min(LONGEST_WAIT_MS, next.inMs) };
  if (!(await holdDuty(deps.database, { name: DUTY, holder, holdMs: DUTY_MS }))) return { inMs: LONGEST_WAIT_MS };
  try {
    await stepAction(deps, next.action);
  } catch (error) {
    if (!(error instanceof DatabaseUnavailable)) await postponeAction(deps.database, next.action.id, TROUBLE_MS);
    throw error;
  }
  return { again: true };
}

/**
 * What a step does to its jobs and how far the action has come are committed together, so a crash repeats nothing; of
 * two schedulers at the same step one finds it taken.
 */
export async function stepAction(deps: RunActions, action: ActionRow): Promise<void> {
  await (action.state === 'CANARY' ? judgeCanary(deps, action) : takeStep(deps, action));
}

async function takeStep({ database, signals, ageingMs }: RunActions, action: ActionRow): Promise<void> {
  const page = await listJobs(database, {
    userId: action.userId,
    filter: applicable(action.action, filterOf(action)),
    order: 'oldest',
    after: action.reachedId ?? undefined,
    limit: limitOf(action),
    scan: SCAN,
    withBodies: false,
  });
  const moves = await retryTransient(() =>
    database.transaction(async (tx) => {
      if (!(await holdAction(tx, action))) return [];
      const tried: Move[] = [];
      for (const row of page.rows) tried.push(await move(tx, action, row, ageingMs));
      // The others have changed since they were listed, or their unique key is taken.
      const done = tried.filter(hasChanged);
      await advanceAction(tx, stepOf(action, page, done));
      return done;
    }),
  );
  announceMoves(signals, moves);
}

async function move(tx: Queryable, action: ActionRow, { id, queue }: JobRow, ageingMs: number): Promise<Move> {
  const { userId, reason } = action;
  const job = { id, userId };
  switch (action.action) {
    case 'retry':
      return { ...job, queue, answer: await redriveJob(tx, job, ageingMs) };
    case 'cancel':
      return { ...job, answer: await cancelJob(tx, { ...job, reason }) };
    case 'discard':
      return { ...job, answer: await discardFailure(tx, { ...job, reason }) };
    case 'restore':
      return { ...job, answer: await restoreFailure(tx, job) };
  }
}

/** Only jobs that were there when the action was made. */
function filterOf({ filter: { all: _, ...filter }, createdAt }: ActionRow): JobFilter {
  const until = filter.until === undefined ? createdAt : new Date(filter.until);
  return {
    ...filter,
    since: filter.since === undefined ? undefined : new Date(filter.since),
    until: until < createdAt ? until : createdAt,
  };
}

function limitOf(action: ActionRow): number {
  const limit = action.perSecond === null ? BATCH : Math.max(1, Math.floor(Math.min(BATCH, action.perSecond)));
  return isCanaryPhase(action) ? Math.min(limit, action.canary - action.canaryIds.length) : limit;
}

function isCanaryPhase({ canary, canaryIds }: ActionRow): boolean {
  return canaryIds.length < canary;
}

function stepOf(action: ActionRow, { rows, reached }: JobPage, done: readonly Move[]): Advance {
  const { id, untilId, perSecond } = action;
  const isExhausted = reached === undefined;
  const canaryIds = isCanaryPhase(action) ? done.map((job) => job.id) : [];
  const canaries = action.canaryIds.length + canaryIds.length;
  const isCanaryOut = isCanaryPhase(action) && (canaries === action.canary || (isExhausted && canaries > 0));
  return {
    id,
    state: isCanaryOut ? 'CANARY' : isExhausted ? 'DONE' : 'RUNNING',
    reachedId: reached ?? untilId,
    canaryIds,
    done: done.length,
    skipped: rows.length - done.length,
    inMs: perSecond === null ? 0 : Math.ceil((done.length / perSecond) * 1_000),
  };
}

/** Goes on when all jobs of the canary have completed, and not when one has ended otherwise. */
async function judgeCanary({ database }: RunActions, action: ActionRow): Promise<void> {
  const { userId, id, canaryIds, reachedId, untilId } = action;
  const states = await readOwnedStates(
    database,
    canaryIds.map((jobId) => ({ userId, id: jobId })),
  );
  const statusOf = new Map(states.map((job) => [job.id, job.status]));
  const bad = canaryIds.find((jobId) => {
    const status = statusOf.get(jobId);
    return status === undefined || (isFinal(status) && status !== 'COMPLETED');
  });
  const isGood = canaryIds.every((jobId) => statusOf.get(jobId) === 'COMPLETED');
  const goesOn = reachedId === untilId ? ('DONE' as const) : ('RUNNING' as const);
  const stopReason = bad && `the canary job ${bad} ${ended(statusOf.get(bad))}`;
  await database.transaction(async (tx) => {
    if (!(await holdAction(tx, action))) return;
    if (stopReason) await advanceAction(tx, { id, state: 'STOPPED', stopReason, reachedId, inMs: 0 });
    else if (isGood) await advanceAction(tx, { id, state: goesOn, reachedId, inMs: 0 });
    else await advanceAction(tx, { id, state: 'CANARY', reachedId, inMs: CANARY_LOOK_MS });
  });
}

function ended(status: string | undefined): string {
  return status === undefined ? 'is gone' : `ended ${status}`;
}
