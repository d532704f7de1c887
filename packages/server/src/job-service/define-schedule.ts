import type { Queryable } from '@cloudtask/core/database/database';
import { retryTransient } from '@cloudtask/core/database/retry';
import { isSqlError, UNIQUE_VIOLATION } from '@cloudtask/core/database/sql-error';
import { newId } from '@cloudtask/core/ids';
import { readClock } from '@cloudtask/core/protocol/read-clock';
import { invalid } from '@cloudtask/core/submission/input-refused';
import { toJobRequest } from '@cloudtask/core/submission/to-job-request';
import type { Json } from '@cloudtask/sdk/contract';
import type { OnOverlap, ScheduleJobOptions, UpdateSchedule } from '@cloudtask/sdk/schedules-contract';
import { nextSlot } from '../schedules/slots.ts';
import { timingOf } from '../schedules/timing-of.ts';
import { passWaitingSlot } from '../store/schedule-turns.ts';
import {
  createSchedule,
  lockSchedule,
  type ScheduleDefinition,
  type ScheduleRef,
  type ScheduleRow,
  updateSchedule,
} from '../store/schedules.ts';
import { readRequest } from './accept-job.ts';
import type { JobServiceParts } from './parts.ts';
import { ApiProblem, invalidSchedule, scheduleNotFound } from './problem.ts';
import { bodyOf } from './schedule-job.ts';
import { neverRuns, readTiming } from './schedule-timing.ts';
import type { CreateScheduleBody } from './schemas/schedule-schema.ts';
import { isUuid } from './uuid.ts';

/** Per account. */
const MAX_SCHEDULES = 1_000;

/** Makes a schedule. Its first slot comes after now. */
export async function makeSchedule(
  parts: JobServiceParts,
  { userId, body }: { userId: string; body: CreateScheduleBody },
): Promise<ScheduleRow> {
  const { database, clock } = parts;
  const definition = readDefinition(body);
  readRequest(parts, { userId, body: bodyOf(definition) });
  const createdAt = await readClock(database);
  const nextAt = nextOf({ ...definition, createdAt }, createdAt);
  const schedule = { ...definition, id: newId(clock), userId, createdAt, nextAt };
  const answer = await createSchedule(database, schedule, MAX_SCHEDULES);
  if (answer === 'taken') throw nameTaken(definition.name);
  if (answer === 'too_many') {
    const detail = `You have ${MAX_SCHEDULES} schedules already; that is all there may be.`;
    throw new ApiProblem('TOO_MANY_SCHEDULES', detail);
  }
  return answer;
}

/**
 * Changes what is given. When that changes its times, its next slot is the first of the new ones after now. What workers
 * say of its jobs matters only when that changes: a deploy with a stricter schema must not forbid another name.
 */
export async function changeSchedule(
  parts: JobServiceParts,
  { userId, ref, changes }: ScheduleRef & { changes: UpdateSchedule },
): Promise<ScheduleRow> {
  const change = (tx: Queryable) => changeIn(tx, parts, { userId, ref, changes });
  try {
    return await retryTransient(() => parts.database.transaction(change));
  } catch (error) {
    // Asking first would not help: another one may get the name between the question and the change.
    if (isSqlError(error, UNIQUE_VIOLATION)) throw nameTaken(changes.name ?? ref);
    throw error;
  }
}

async function changeIn(
  tx: Queryable,
  parts: JobServiceParts,
  { userId, ref, changes }: ScheduleRef & { changes: UpdateSchedule },
): Promise<ScheduleRow> {
  const before = await lockSchedule(tx, { userId, ref });
  if (!before) throw scheduleNotFound(ref);
  const definition = readDefinition(merge(before, changes));
  const asked = { userId, body: bodyOf(definition) };
  if (JUDGED_BY_WORKERS.some((member) => changes[member] !== undefined)) readRequest(parts, asked);
  else toJobRequest({ ...asked, nowMs: parts.clock.now() });
  const after = { ...before, ...definition };
  const nextAt = hasOtherTimes(before, after) ? nextOf(after, await readClock(tx)) : before.nextAt;
  if (before.waitingSlot && after.onOverlap !== 'queue') await passWaitingSlot(tx, before.id);
  return await updateSchedule(tx, { ...after, nextAt });
}

const JUDGED_BY_WORKERS = ['type', 'payload', 'queue'] as const;

function readDefinition(body: CreateScheduleBody): ScheduleDefinition {
  const { name, type, payload = null, catchUp = 'latest', onOverlap = 'skip', ...rest } = body;
  if (isUuid(name)) throw invalid([{ path: '/name', message: 'must not have the form of an id' }]);
  const { cron, every, timezone, dstGap, dstOverlap, ...options } = rest;
  const timing = readTiming({ cron, every, timezone, dstGap, dstOverlap });
  // The same members; their schema has checked their values. A body that was parsed from JSON is JSON.
  const job = { type, payload: payload as Json, jobOptions: options as ScheduleJobOptions };
  refuseRefusals(onOverlap, job.jobOptions);
  return { name, ...job, ...timing, catchUp, onOverlap };
}

/** Each job would find the key with the one that was cancelled for it, which has it until it has stopped. */
function refuseRefusals(onOverlap: OnOverlap, { unique }: ScheduleJobOptions): void {
  if (onOverlap !== 'cancel' || !unique || unique.until === 'started') return;
  const message =
    'keeps the key with the cancelled job until it has stopped, so that with onOverlap cancel the new job is refused: ' +
    'write "until": "started", or another onOverlap';
  throw invalidSchedule([{ path: '/unique/until', message }]);
}

/** As the body that would make the changed schedule. */
function merge(before: ScheduleRow, changes: UpdateSchedule): CreateScheduleBody {
  const { name, type, payload, timezone, dstGap, dstOverlap, catchUp, onOverlap, jobOptions } = before;
  const isRetimed = changes.cron !== undefined || changes.every !== undefined;
  const old = before.cron === null ? { every: before.everyMs } : { cron: before.cron };
  const times = isRetimed ? {} : old;
  const kept = { name, type, payload, timezone, dstGap, dstOverlap, catchUp, onOverlap, ...times };
  const options = Object.entries({ ...jobOptions, ...changes }).filter(
    ([member, value]) => value !== null || member === 'payload',
  );
  return { ...kept, ...Object.fromEntries(options) } as CreateScheduleBody;
}

function hasOtherTimes(before: ScheduleRow, after: ScheduleRow): boolean {
  return (['cron', 'everyMs', 'timezone', 'dstGap', 'dstOverlap'] as const).some((key) => before[key] !== after[key]);
}

function nextOf(schedule: Parameters<typeof timingOf>[0], now: Date): Date {
  const next = nextSlot(timingOf(schedule), now);
  if (!next) throw neverRuns();
  return next;
}

function nameTaken(name: string): ApiProblem {
  return new ApiProblem('SCHEDULE_EXISTS', `You have a schedule named ${JSON.stringify(name)} already.`);
}
