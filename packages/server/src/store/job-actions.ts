import type { Database, Queryable, Statement } from '@cloudtask/core/database/database';
import type { ActionFilter } from '@cloudtask/core/database/tables';
import type { JobStatus } from '@cloudtask/sdk/contract';
import type { JobActionKind, JobActionState } from '@cloudtask/sdk/failures-contract';
import type { JobFilter } from './list-jobs.ts';

/** What is done to many jobs, with how far it has come. */
export interface ActionRow {
  id: string;
  userId: string;
  action: JobActionKind;
  filter: ActionFilter;
  reason: string | null;
  /** 0: none. */
  canary: number;
  perSecond: number | null;
  state: JobActionState;
  stopReason: string | null;
  /** Beyond the last job that it is about. Reaching it is the end. */
  untilId: string;
  reachedId: string | null;
  canaryIds: string[];
  done: number;
  skipped: number;
  createdAt: Date;
  endedAt: Date | null;
}

/** The states of jobs that an action can do something with. */
export const APPLIES_TO: Readonly<Record<JobActionKind, readonly JobStatus[]>> = {
  retry: ['FAILED', 'CANCELLED', 'EXPIRED'],
  cancel: ['SCHEDULED', 'PENDING', 'RUNNING', 'RETRYING'],
  discard: ['FAILED'],
  restore: ['FAILED'],
};

/** Which of the jobs that a filter chooses an action can do something with. */
export function applicable(action: JobActionKind, filter: JobFilter): JobFilter {
  const { status } = filter;
  return {
    ...filter,
    status: APPLIES_TO[action].filter((each) => !status || status.includes(each)),
    discarded: discardedFor(action, filter),
  };
}

/** What somebody said needs nothing more is retried only where it is named: no filter that is wide enough may undo that word. */
function discardedFor(action: JobActionKind, { ids }: JobFilter): boolean | undefined {
  switch (action) {
    case 'retry':
      return ids ? undefined : false;
    case 'discard':
      return false;
    case 'restore':
      return true;
    case 'cancel':
      return undefined;
  }
}

export type NewAction = Omit<
  ActionRow,
  'state' | 'stopReason' | 'reachedId' | 'canaryIds' | 'done' | 'skipped' | 'endedAt'
>;

export async function insertAction({ kysely }: Database, action: NewAction): Promise<ActionRow> {
  return await kysely
    .insertInto('cloudtask.job_actions')
    .values({
      id: action.id,
      user_id: action.userId,
      action: action.action,
      filter: JSON.stringify(action.filter),
      reason: action.reason,
      canary: action.canary,
      per_second: action.perSecond,
      state: 'RUNNING',
      stop_reason: null,
      until_id: action.untilId,
      reached_id: null,
      created_at: action.createdAt,
      next_at: action.createdAt,
      ended_at: null,
    })
    .returning(COLUMNS)
    .executeTakeFirstOrThrow();
}

/** How many actions of a user have not ended. */
export async function countActive(db: Queryable, userId: string): Promise<number> {
  const [row] = await db.query<{ active: number }>(COUNT_ACTIVE, [userId]);
  return row?.active ?? 0;
}

export async function readAction(db: Database, userId: string, id: string): Promise<ActionRow | undefined> {
  return await actions(db).where('user_id', '=', userId).where('id', '=', id).executeTakeFirst();
}

/** Newest first; those after (older than) an id. */
export async function listActions(
  db: Database,
  { userId, after, limit }: { userId: string; after?: string | undefined; limit: number },
): Promise<ActionRow[]> {
  const own = actions(db).where('user_id', '=', userId).orderBy('id', 'desc').limit(limit);
  return await (after === undefined ? own : own.where('id', '<', after)).execute();
}

/** Ends an action for its user. False: it had ended, or is not one of this user. Waits for a step under way. */
export async function stopAction(
  db: Queryable,
  { userId, id, reason }: { userId: string; id: string; reason: string },
): Promise<boolean> {
  return (await db.query(STOP, [id, userId, reason])).length > 0;
}

/** The action whose turn is next, and how long until then. */
export async function nextAction(db: Database): Promise<{ action: ActionRow; inMs: number } | undefined> {
  const [next] = await db.query<{ id: string; userId: string; inMs: number }>(NEXT, []);
  const action = next && (await readAction(db, next.userId, next.id));
  return action && { action, inMs: next.inMs };
}

/**
 * Takes an action for the transaction, if it still stands where it stood when it was read: else, or while somebody else
 * has it, false.
 */
export async function holdAction(tx: Queryable, { id, state, reachedId }: ActionRow): Promise<boolean> {
  return (await tx.query(HOLD, [id, state, reachedId])).length > 0;
}

export interface Advance {
  id: string;
  state: JobActionState;
  stopReason?: string;
  reachedId: string | null;
  /** Jobs of this step that belong to the canary. */
  canaryIds?: readonly string[];
  done?: number;
  skipped?: number;
  /** When it is its turn again. */
  inMs: number;
}

export async function advanceAction(tx: Queryable, step: Advance): Promise<void> {
  const { id, state, stopReason = null, reachedId, canaryIds = [], done = 0, skipped = 0, inMs } = step;
  await tx.query(ADVANCE, [id, state, stopReason, reachedId, canaryIds, done, skipped, inMs]);
}

/** One that cannot be gone on with must not keep the others waiting. */
export async function postponeAction(db: Queryable, id: string, ms: number): Promise<void> {
  await db.query(POSTPONE, [id, ms]);
}

const COLUMNS = [
  'id',
  'user_id as userId',
  'action',
  'filter',
  'reason',
  'canary',
  'per_second as perSecond',
  'state',
  'stop_reason as stopReason',
  'until_id as untilId',
  'reached_id as reachedId',
  'canary_ids as canaryIds',
  'done',
  'skipped',
  'created_at as createdAt',
  'ended_at as endedAt',
] as const;

function actions({ kysely }: Database) {
  return kysely.selectFrom('cloudtask.job_actions').select(COLUMNS);
}

const COUNT_ACTIVE: Statement = {
  name: 'count_active_actions',
  text: `
  select count(*) as active from cloudtask.job_actions where user_id = $1 and state in ('RUNNING', 'CANARY')`,
};

const STOP: Statement = {
  name: 'stop_action',
  text: `
  update cloudtask.job_actions set state = 'STOPPED', stop_reason = $3, ended_at = cloudtask.clock()
   where id = $1 and user_id = $2 and state in ('RUNNING', 'CANARY')
  returning id`,
};

const NEXT: Statement = {
  name: 'next_action',
  text: `
  select id, user_id as "userId",
         greatest(0, ceil(extract(epoch from next_at - cloudtask.clock()) * 1000))::integer as "inMs"
    from cloudtask.job_actions where state in ('RUNNING', 'CANARY') order by next_at limit 1`,
};

const HOLD: Statement = {
  name: 'hold_action',
  text: `
  select id from cloudtask.job_actions
   where id = $1 and state = $2 and reached_id is not distinct from $3::uuid and next_at <= cloudtask.clock()
     for update skip locked`,
};

const ADVANCE: Statement = {
  name: 'advance_action',
  text: `
  update cloudtask.job_actions
     set state = $2, stop_reason = $3, reached_id = $4, canary_ids = canary_ids || $5::uuid[],
         done = done + $6, skipped = skipped + $7, next_at = cloudtask.clock() + $8::bigint * interval '1 ms',
         ended_at = case when $2 in ('DONE', 'STOPPED') then cloudtask.clock() end
   where id = $1`,
};

const POSTPONE: Statement = {
  name: 'postpone_action',
  text: `update cloudtask.job_actions set next_at = cloudtask.clock() + $2::bigint * interval '1 ms' where id = $1`,
};
