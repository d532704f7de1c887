import type { Queryable, Statement } from '@cloudtask/core/database/database';
import type { SlotOutcome } from '@cloudtask/sdk/schedules-contract';
import { MISSED_AFTER_MS } from '../schedules/due-slots.ts';
import { SCHEDULE_COLUMNS, type ScheduleRow } from './schedules.ts';

/** When a schedule is due next, of those that are not left alone; undefined when there is none. */
export async function nextTurnIn(db: Queryable, leftAlone: readonly string[]): Promise<number | undefined> {
  const [row] = await db.query<{ inMs: number | null }>(NEXT, [leftAlone]);
  return row?.inMs ?? undefined;
}

export interface TakenSchedule extends ScheduleRow {
  /** By the database's clock. */
  now: Date;
  isLastJobOver: boolean;
  /** Its next slot was missed, and `catchUp` is `all`. */
  isMakingUp: boolean;
}

export interface Take {
  /** Schedules that are on time, and as many that are behind: those come besides, so that they delay nobody. */
  limit: number;
  /** Schedules that make up for all that was missed. */
  limitMakingUp: number;
  leftAlone: readonly string[];
  /** Only this one. */
  id?: string | undefined;
}

/**
 * Locks schedules whose turn it is: a slot is due, or the job that a slot waits for is over. Each is given to one
 * transaction at a time; those that another one has are passed over.
 */
export async function takeSchedules(tx: Queryable, take: Take): Promise<TakenSchedule[]> {
  const { limit, limitMakingUp, leftAlone, id = null } = take;
  const values = [MISSED_AFTER_MS, limit, limitMakingUp, leftAlone, id];
  const locked = await tx.query<Omit<TakenSchedule, 'isLastJobOver'> & { isDue: boolean }>(TAKE, values);
  const active = await readActive(
    tx,
    locked.flatMap(({ lastJobId }) => lastJobId ?? []),
  );
  return locked
    .map(({ isDue, ...row }) => ({ isDue, ...row, isLastJobOver: !active.has(row.lastJobId ?? '') }))
    .filter(({ isDue, isLastJobOver }) => isDue || isLastJobOver);
}

/** Of these jobs, those that have not ended. */
async function readActive(tx: Queryable, ids: readonly string[]): Promise<Set<string>> {
  if (ids.length === 0) return new Set();
  return new Set((await tx.query<{ id: string }>(ACTIVE, [ids])).map(({ id }) => id));
}

export interface DecidedSlot {
  scheduleId: string;
  slot: Date;
  outcome: SlotOutcome;
  jobId: string | null;
  detail: string | null;
}

/** Notes what becomes of slots, and answers those that nobody had before. */
export async function insertSlots(tx: Queryable, slots: readonly DecidedSlot[]): Promise<DecidedSlot[]> {
  if (slots.length === 0) return [];
  const rows = await tx.query<Pick<DecidedSlot, 'scheduleId' | 'slot'>>(INSERT_SLOTS, slotValues(slots));
  const stored = new Set(rows.map(keyOf));
  return slots.filter((slot) => stored.has(keyOf(slot)));
}

const keyOf = ({ scheduleId, slot }: Pick<DecidedSlot, 'scheduleId' | 'slot'>) => `${scheduleId} ${slot.getTime()}`;

/** The jobs of these slots could not be submitted. */
export async function refuseSlots(tx: Queryable, refusals: ReadonlyMap<string, string>, slots: readonly DecidedSlot[]) {
  const refused = slots.filter(({ jobId }) => jobId !== null && refusals.has(jobId));
  if (refused.length === 0) return;
  const details = refused.map(({ jobId }) => refusals.get(jobId ?? '') ?? null);
  await tx.query(REFUSE_SLOTS, [refused.map((s) => s.scheduleId), refused.map((s) => s.slot.toISOString()), details]);
}

/** The slot that waits does so no longer, and makes no job. Of a locked schedule. */
export async function passWaitingSlot(tx: Queryable, scheduleId: string): Promise<void> {
  await tx.query(PASS_WAITING, [scheduleId]);
}

export interface Advanced {
  id: string;
  nextAt: Date | null;
  waitingSlot: Date | null;
  /** Of the newest slot that made a job in this turn. */
  fired: { slot: Date; jobId: string } | undefined;
}

export async function advanceSchedules(tx: Queryable, turns: readonly Advanced[]): Promise<void> {
  const rows = turns.map(({ id, nextAt, waitingSlot, fired }) => ({
    id,
    next_at: nextAt,
    waiting_slot: waitingSlot,
    fired_slot: fired?.slot,
    job_id: fired?.jobId,
  }));
  await tx.query(ADVANCE, [JSON.stringify(rows)]);
}

function slotValues(slots: readonly DecidedSlot[]): unknown[] {
  return [
    slots.map(({ scheduleId }) => scheduleId),
    slots.map(({ slot }) => slot.toISOString()),
    slots.map(({ jobId }) => jobId),
    slots.map(({ outcome }) => outcome),
    slots.map(({ detail }) => detail),
  ];
}

const HAS_NOT_ENDED = `status in ('SCHEDULED', 'PENDING', 'RUNNING', 'RETRYING')`;

const FREED = `
  s.waiting_slot is not null and s.paused_at is null
  and not exists (select from cloudtask.job_states where id = s.last_job_id and ${HAS_NOT_ENDED})`;

const NEXT: Statement = {
  name: 'next_schedule_turn',
  text: `
  select case when exists (select from cloudtask.schedules s where ${FREED} and s.id <> all ($1::uuid[])) then 0
              else (select ceil(extract(epoch from min(next_at) - cloudtask.clock()) * 1000)::float8
                      from cloudtask.schedules where paused_at is null and id <> all ($1::uuid[])) end as "inMs"`,
};

// Schedules that are behind need one turn each. Those that make up for all may need many, and the order of their slots
// would let the oldest have every turn: among them the one comes next that has waited longest for its turn.
// The columns come from the locked row itself. Reading them again by id would show the row as it was when the statement
// began: another scheduler may have fired it, and let go of it, in between. Of its last job this statement knows only
// what was there when it began, and that may be nothing: ACTIVE asks again under the lock.
const TAKE: Statement = {
  name: 'take_schedules',
  text: `
  with on_time as materialized (
    select * from cloudtask.schedules
     where paused_at is null and next_at <= cloudtask.clock() and next_at > cloudtask.clock() - $1 * interval '1 ms'
       and id <> all ($4::uuid[]) and ($5::uuid is null or id = $5)
     order by next_at limit $2 for update skip locked
  ),
  behind as materialized (
    select * from cloudtask.schedules
     where paused_at is null and next_at <= cloudtask.clock() - $1 * interval '1 ms' and catch_up <> 'all'
       and id <> all ($4::uuid[]) and ($5::uuid is null or id = $5)
     order by next_at limit $2 for update skip locked
  ),
  making_up as materialized (
    select * from cloudtask.schedules
     where paused_at is null and next_at <= cloudtask.clock() - $1 * interval '1 ms' and catch_up = 'all'
       and id <> all ($4::uuid[]) and ($5::uuid is null or id = $5)
     order by turned_at nulls first, next_at limit $3 for update skip locked
  ),
  freed as materialized (
    select * from cloudtask.schedules s
     where ${FREED} and (s.next_at is null or s.next_at > cloudtask.clock())
       and s.id <> all ($4::uuid[]) and ($5::uuid is null or s.id = $5)
     limit $2 for update of s skip locked
  ),
  taken as (
    select *, false as is_making_up, true as is_due from on_time
     union all select *, false, true from behind
     union all select *, true, true from making_up
     union all select *, false, false from freed
  )
  select ${SCHEDULE_COLUMNS}, cloudtask.clock() as now, is_making_up as "isMakingUp", is_due as "isDue"
    from taken`,
};

const ACTIVE: Statement = {
  name: 'active_jobs_of_schedules',
  text: `select id from cloudtask.job_states where id = any($1::uuid[]) and ${HAS_NOT_ENDED}`,
};

// The primary key is the fence: whoever comes second with a slot, for whatever reason, makes no job for it.
const INSERT_SLOTS: Statement = {
  name: 'insert_schedule_slots',
  text: `
  insert into cloudtask.schedule_slots (schedule_id, slot, job_id, outcome, detail, decided_at)
  select schedule_id, slot, job_id, outcome, detail, cloudtask.clock()
    from unnest($1::uuid[], $2::timestamptz[], $3::uuid[], $4::text[], $5::text[])
         as s (schedule_id, slot, job_id, outcome, detail)
  on conflict (schedule_id, slot) do nothing
  returning schedule_id as "scheduleId", slot`,
};

const PASS_WAITING: Statement = {
  name: 'pass_waiting_slot',
  text: `
  with passed as (
    insert into cloudtask.schedule_slots (schedule_id, slot, outcome, decided_at)
    select id, waiting_slot, 'overlap', cloudtask.clock() from cloudtask.schedules where id = $1
    on conflict (schedule_id, slot) do nothing
  )
  update cloudtask.schedules set waiting_slot = null where id = $1`,
};

const REFUSE_SLOTS: Statement = {
  name: 'refuse_schedule_slots',
  text: `
  update cloudtask.schedule_slots s set outcome = 'refused', job_id = null, detail = r.detail
    from unnest($1::uuid[], $2::timestamptz[], $3::text[]) as r (schedule_id, slot, detail)
   where s.schedule_id = r.schedule_id and s.slot = r.slot`,
};

const ADVANCE: Statement = {
  name: 'advance_schedules',
  text: `
  update cloudtask.schedules s
     set turned_at = cloudtask.clock(), next_at = a.next_at, waiting_slot = a.waiting_slot,
         fired_slot = coalesce(a.fired_slot, s.fired_slot), last_job_id = coalesce(a.job_id, s.last_job_id)
    from json_to_recordset($1::json) as a
         (id uuid, next_at timestamptz, waiting_slot timestamptz, fired_slot timestamptz, job_id uuid)
   where s.id = a.id`,
};
