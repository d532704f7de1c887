import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import type { ActionFilter } from '@cloudtask/core/database/tables';
import { firstIdAt, newId } from '@cloudtask/core/ids';
import { readClock } from '@cloudtask/core/protocol/read-clock';
import { checkText } from '@cloudtask/core/submission/check-storable';
import { invalid } from '@cloudtask/core/submission/input-refused';
import type { JobAction, JobActionPreview } from '@cloudtask/sdk/failures-contract';
import { type ActionRow, APPLIES_TO, applicable, countActive, insertAction } from '../store/job-actions.ts';
import { CLOCK_MARGIN_MS, type JobFilter } from '../store/list-jobs.ts';
import { toJobFilter } from './job-filter.ts';
import { previewAction } from './preview-action.ts';
import { ApiProblem } from './problem.ts';
import { MAX_PER_SECOND, MIN_PER_SECOND, type StartActionBody } from './schemas/action-schema.ts';

export interface StartAction {
  database: Database;
  clock: Clock;
}

/** Of one user, at the same time: each takes its turn with all others. Two that come at once may pass it by one. */
const MAX_ACTIVE = 20;

/** A dry run's count, or the action that the scheduler now carries out. */
export async function startAction(
  { database, clock }: StartAction,
  { userId, body }: { userId: string; body: StartActionBody },
): Promise<{ preview: JobActionPreview } | { started: JobAction }> {
  const { action, canary = 0, reason = null } = body;
  const filter = filterOf(body, clock.now());
  refuseNothing(action, filter);
  const perSecond = body.rate === undefined ? null : perSecondOf(body.rate);
  if (canary > 0 && action !== 'retry') {
    throw invalid([
      { path: '/canary', message: 'is only for retry: only jobs that run show something about the others' },
    ]);
  }
  const issue = reason === null ? undefined : checkText(reason, '/reason');
  if (issue) throw invalid([issue]);
  if (body.dryRun) return { preview: await previewAction(database, { userId, filter: applicable(action, filter) }) };

  const [createdAt, active] = await Promise.all([readClock(database), countActive(database, userId)]);
  if (active >= MAX_ACTIVE) {
    throw new ApiProblem('TOO_MANY_ACTIONS', `${active} actions of yours have not ended; that is all there may be.`);
  }
  const row = await insertAction(database, {
    id: newId(clock),
    userId,
    action,
    filter: shown(filter, body.filter.all),
    reason,
    canary,
    perSecond,
    untilId: firstIdAt(new Date(createdAt.getTime() + CLOCK_MARGIN_MS)),
    createdAt,
  });
  return { started: toAction(row) };
}

/** A filter of states in which the action can do nothing with any job is a mistake: it would end at once. */
function refuseNothing(action: JobAction['action'], filter: JobFilter): void {
  if (applicable(action, filter).status?.length !== 0) return;
  const message = `has none of the states in which a job can be ${DONE_TO[action]}: ${APPLIES_TO[action].join(', ')}`;
  throw invalid([{ path: '/filter/status', message }]);
}

const DONE_TO: Readonly<Record<JobAction['action'], string>> = {
  retry: 'retried',
  cancel: 'cancelled',
  discard: 'discarded',
  restore: 'restored',
};

function filterOf({ filter }: StartActionBody, nowMs: number): JobFilter {
  if (Object.keys(filter).length === 0) {
    const message = 'must have at least one condition; {"all": true} chooses every job of yours';
    throw invalid([{ path: '/filter', message }]);
  }
  const { all: _, ...asked } = filter;
  return toJobFilter(asked, { nowMs, path: '/filter', where: 'body' });
}

/** Times instead of durations: the action goes on for a while, and must mean the same jobs all the time. */
function shown({ since, until, ...same }: JobFilter, all: true | undefined) {
  const filter = { ...same, since: since?.toISOString(), until: until?.toISOString(), all };
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== undefined)) as ActionFilter;
}

function perSecondOf(rate: number | string): number {
  const perSecond = typeof rate === 'number' ? rate : Number.parseFloat(rate);
  if (perSecond >= MIN_PER_SECOND && perSecond <= MAX_PER_SECOND) return perSecond;
  throw invalid([{ path: '/rate', message: `must be between ${MIN_PER_SECOND} and ${MAX_PER_SECOND} per second` }]);
}

/** The row as the API shows it. */
export function toAction(row: ActionRow): JobAction {
  return {
    id: row.id,
    action: row.action,
    filter: row.filter,
    reason: row.reason,
    state: row.state,
    stopReason: row.stopReason,
    canary: row.canary || null,
    canaryIds: row.canaryIds,
    rate: row.perSecond,
    done: row.done,
    skipped: row.skipped,
    createdAt: row.createdAt.toISOString(),
    endedAt: row.endedAt?.toISOString() ?? null,
  };
}
