import type { Database, Queryable, Statement } from '@cloudtask/core/database/database';
import type { Json } from '@cloudtask/sdk/contract';
import type {
  CatchUp,
  DstGap,
  DstOverlap,
  OnOverlap,
  ScheduleJobOptions,
  SlotOutcome,
} from '@cloudtask/sdk/schedules-contract';

/** What its user says of a schedule. */
export interface ScheduleDefinition {
  name: string;
  type: string;
  payload: Json;
  /** One of the two. */
  cron: string | null;
  everyMs: number | null;
  timezone: string;
  dstGap: DstGap;
  dstOverlap: DstOverlap;
  catchUp: CatchUp;
  onOverlap: OnOverlap;
  jobOptions: ScheduleJobOptions;
}

/** A schedule, with how far it has come. */
export interface ScheduleRow extends ScheduleDefinition {
  id: string;
  userId: string;
  nextAt: Date | null;
  /** The newest slot that made a job, and the newest job: they differ when that was triggered. */
  firedSlot: Date | null;
  lastJobId: string | null;
  waitingSlot: Date | null;
  pausedAt: Date | null;
  pauseReason: string | null;
  /** The end of its newest pause. */
  resumedAt: Date | null;
  /** The slots of `everyMs` are counted from here. */
  createdAt: Date;
  updatedAt: Date;
}

export type NewSchedule = ScheduleDefinition & Pick<ScheduleRow, 'id' | 'userId' | 'nextAt' | 'createdAt'>;

/** `taken`: the account has a schedule of this name. */
export async function createSchedule(
  db: Queryable,
  schedule: NewSchedule,
  maxSchedules: number,
): Promise<ScheduleRow | 'taken' | 'too_many'> {
  const { id, userId, createdAt, nextAt } = schedule;
  const [row] = await db.query<ScheduleRow>(CREATE, [
    id,
    userId,
    createdAt,
    maxSchedules,
    ...definitionValues(schedule),
    nextAt,
  ]);
  if (row) return row;
  const [named] = await db.query(NAMED, [userId, schedule.name]);
  return named ? 'taken' : 'too_many';
}

/** By name, those after a name. */
export async function listSchedules(
  db: Queryable,
  { userId, after, limit }: { userId: string; after?: string | undefined; limit: number },
): Promise<ScheduleRow[]> {
  return await db.query<ScheduleRow>(LIST, [userId, after ?? '', limit]);
}

/** `ref`: its id or its name. No name has the form of an id. */
export interface ScheduleRef {
  userId: string;
  ref: string;
}

export async function readSchedule(db: Queryable, { userId, ref }: ScheduleRef): Promise<ScheduleRow | undefined> {
  const [row] = await db.query<ScheduleRow>(READ, [userId, ref]);
  return row;
}

/** Locks it too: no scheduler takes it until the transaction ends. */
export async function lockSchedule(tx: Queryable, { userId, ref }: ScheduleRef): Promise<ScheduleRow | undefined> {
  const [row] = await tx.query<ScheduleRow>(LOCK, [userId, ref]);
  return row;
}

/** Of a locked one. A name that is taken is a unique violation. */
export async function updateSchedule(
  tx: Queryable,
  schedule: ScheduleDefinition & Pick<ScheduleRow, 'id' | 'nextAt'>,
): Promise<ScheduleRow> {
  const [row] = await tx.query<ScheduleRow>(UPDATE, [schedule.id, ...definitionValues(schedule), schedule.nextAt]);
  if (!row) throw new Error('a schedule that is locked is gone');
  return row;
}

/** Of one that is paused already the reason changes. */
export async function pauseSchedule(
  db: Queryable,
  { userId, ref, reason }: ScheduleRef & { reason: string | null },
): Promise<ScheduleRow | undefined> {
  const [row] = await db.query<ScheduleRow>(PAUSE, [userId, ref, reason]);
  return row;
}

export async function resumeSchedule(db: Queryable, { userId, ref }: ScheduleRef): Promise<ScheduleRow | undefined> {
  const [row] = await db.query<ScheduleRow>(RESUME, [userId, ref]);
  return row;
}

/** False when there is none. Its jobs stay. */
export async function deleteSchedule(db: Queryable, { userId, ref }: ScheduleRef): Promise<boolean> {
  return (await db.query(DELETE, [userId, ref])).length > 0;
}

/** A triggered job counts as the last one. */
export async function setLastJob(tx: Queryable, id: string, jobId: string): Promise<void> {
  await tx.query(SET_LAST_JOB, [id, jobId]);
}

export interface SlotRow {
  slot: Date;
  outcome: SlotOutcome;
  jobId: string | null;
  detail: string | null;
  decidedAt: Date;
}

/** The newest first. */
export async function readRecentSlots({ kysely }: Database, scheduleId: string, limit: number): Promise<SlotRow[]> {
  return await kysely
    .selectFrom('cloudtask.schedule_slots')
    .select(['slot', 'outcome', 'job_id as jobId', 'detail', 'decided_at as decidedAt'])
    .where('schedule_id', '=', scheduleId)
    .orderBy('slot', 'desc')
    .limit(limit)
    .execute();
}

function definitionValues(schedule: ScheduleDefinition): unknown[] {
  const { name, type, payload, cron, everyMs, timezone, dstGap, dstOverlap, catchUp, onOverlap, jobOptions } = schedule;
  return [
    name,
    type,
    JSON.stringify(payload),
    cron,
    everyMs,
    timezone,
    dstGap,
    dstOverlap,
    catchUp,
    onOverlap,
    JSON.stringify(jobOptions),
  ];
}

/** Columns of `cloudtask.schedules` as a row shows them. */
export const SCHEDULE_COLUMNS = `
  id, user_id as "userId", name, type, payload, cron, every_ms as "everyMs", timezone, dst_gap as "dstGap",
  dst_overlap as "dstOverlap", catch_up as "catchUp", on_overlap as "onOverlap", job_options as "jobOptions",
  next_at as "nextAt", fired_slot as "firedSlot", last_job_id as "lastJobId", waiting_slot as "waitingSlot",
  paused_at as "pausedAt", pause_reason as "pauseReason", resumed_at as "resumedAt", created_at as "createdAt",
  updated_at as "updatedAt"`;

const IS_REF = 'user_id = $1 and (name = $2 or id::text = lower($2))';

const CREATE: Statement = {
  name: 'create_schedule',
  text: `
  insert into cloudtask.schedules
    (id, user_id, created_at, updated_at, name, type, payload, cron, every_ms, timezone, dst_gap, dst_overlap, catch_up,
     on_overlap, job_options, next_at)
  select $1, $2, $3::timestamptz, $3::timestamptz, $5, $6, $7::json, $8, $9::bigint, $10, $11, $12, $13, $14, $15::json,
         $16::timestamptz
   where (select count(*) from cloudtask.schedules where user_id = $2) < $4::integer
  on conflict (user_id, name) do nothing
  returning ${SCHEDULE_COLUMNS}`,
};

const NAMED: Statement = {
  name: 'schedule_named',
  text: 'select id from cloudtask.schedules where user_id = $1 and name = $2',
};

const LIST: Statement = {
  name: 'list_schedules',
  text: `
  select ${SCHEDULE_COLUMNS} from cloudtask.schedules where user_id = $1 and name > $2 order by name limit $3`,
};

const READ: Statement = {
  name: 'read_schedule',
  text: `select ${SCHEDULE_COLUMNS} from cloudtask.schedules where ${IS_REF}`,
};

const LOCK: Statement = {
  name: 'lock_schedule',
  text: `select ${SCHEDULE_COLUMNS} from cloudtask.schedules where ${IS_REF} for update`,
};

const UPDATE: Statement = {
  name: 'update_schedule',
  text: `
  update cloudtask.schedules
     set name = $2, type = $3, payload = $4::json, cron = $5, every_ms = $6::bigint, timezone = $7, dst_gap = $8,
         dst_overlap = $9, catch_up = $10, on_overlap = $11, job_options = $12::json, next_at = $13::timestamptz,
         updated_at = cloudtask.clock()
   where id = $1
  returning ${SCHEDULE_COLUMNS}`,
};

const PAUSE: Statement = {
  name: 'pause_schedule',
  text: `
  update cloudtask.schedules
     set paused_at = coalesce(paused_at, cloudtask.clock()), pause_reason = $3, updated_at = cloudtask.clock()
   where ${IS_REF}
  returning ${SCHEDULE_COLUMNS}`,
};

const RESUME: Statement = {
  name: 'resume_schedule',
  text: `
  update cloudtask.schedules
     set updated_at = case when paused_at is null then updated_at else cloudtask.clock() end,
         resumed_at = case when paused_at is null then resumed_at else cloudtask.clock() end, paused_at = null,
         pause_reason = null
   where ${IS_REF}
  returning ${SCHEDULE_COLUMNS}`,
};

const DELETE: Statement = {
  name: 'delete_schedule',
  text: `delete from cloudtask.schedules where ${IS_REF} returning id`,
};

const SET_LAST_JOB: Statement = {
  name: 'set_last_job_of_schedule',
  text: 'update cloudtask.schedules set last_job_id = $2 where id = $1',
};
