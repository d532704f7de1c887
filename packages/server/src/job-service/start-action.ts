import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import type { ActionFilter } from '@cloudtask/core/database/tables';
import { firstIdAt, newId } from '@cloudtask/core/ids';
import { readClock } from '@cloudtask/core/protocol/read-clock';
import type { JobAction, JobActionPreview } from '@cloudtask/sdk/failures-contract';
import { type ActionRow, applicable, insertAction, readAction } from '../store/job-actions.ts';
import { CLOCK_MARGIN_MS, type JobFilter } from '../store/list-jobs.ts';
import { checkText } from './check-storable.ts';
import { invalid } from './http/validators.ts';
import { toJobFilter } from './job-filter.ts';
import { previewAction } from './preview-action.ts';
import { MAX_PER_SECOND, MIN_PER_SECOND, type StartActionBody } from './schemas/action-schema.ts';

export interface StartAction {
  database: Database;
  clock: Clock;
}

/** A dry run's count, or the action that the scheduler now carries out. */
export async function startAction(
  { database, clock }: StartAction,
  { userId, body }: { userId: string; body: StartActionBody },
): Promise<{ preview: JobActionPreview } | { started: JobAction }> {
  const { action, canary = 0, reason = null } = body;
  const filter = filterOf(body, clock.now());
  const perSecond = body.rate === undefined ? null : perSecondOf(body.rate);
  if (canary > 0 && action !== 'retry') {
    throw invalid([{ path: '/canary', message: 'is only for retry: a cancelled job shows nothing about the others' }]);
  }
  const issue = reason === null ? undefined : checkText(reason, '/reason');
  if (issue) throw invalid([issue]);
  if (body.dryRun) return { preview: await previewAction(database, { userId, filter: applicable(action, filter) }) };

  const id = newId(clock);
  const createdAt = await readClock(database);
  await insertAction(database, {
    id,
    userId,
    action,
    filter: shown(filter, body.filter.all),
    reason,
    canary,
    perSecond,
    untilId: firstIdAt(new Date(createdAt.getTime() + CLOCK_MARGIN_MS)),
    createdAt,
  });
  const row = await readAction(database, userId, id);
  if (!row) throw new Error(`the action ${id} was stored and is not there`);
  return { started: toAction(row) };
}

function filterOf({ filter }: StartActionBody, nowMs: number): JobFilter {
  if (Object.keys(filter).length === 0) {
    const message = 'must have at least one condition; {"all": true} chooses every job of yours';
    throw invalid([{ path: '/filter', message }]);
  }
  const { all: _, ...asked } = filter;
  return toJobFilter(asked, { nowMs, path: '/filter', where: 'body' });
}

/** Times instead of durations: the action goes on for a while, and must mean the same jobs all the time. */
function shown({ since, until, status, type, queue, tag, q, fingerprint, ids }: JobFilter, all: true | undefined) {
  const filter = {
    status,
    type,
    queue,
    tag,
    q,
    since: since?.toISOString(),
    until: until?.toISOString(),
    fingerprint,
    ids,
    all,
  };
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
