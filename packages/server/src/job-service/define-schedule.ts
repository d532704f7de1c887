import { retryTransient } from '@cloudtask/core/database/retry';
import { newId } from '@cloudtask/core/ids';
import { readClock } from '@cloudtask/core/protocol/read-clock';
import type { Json } from '@cloudtask/sdk/contract';
import type { ScheduleJobOptions, UpdateSchedule } from '@cloudtask/sdk/schedules-contract';
import { nextSlot } from '../schedules/slots.ts';
import { timingOf } from '../schedules/timing-of.ts';
import {
  createSchedule,
  lockSchedule,
  type ScheduleDefinition,
  type ScheduleRef,
  type ScheduleRow,
  updateSchedule,
} from '../store/schedules.ts';
import { readRequest } from './accept-job.ts';
import { invalid } from './http/validators.ts';
import type { JobServiceParts } from './parts.ts';
import { ApiProblem, scheduleNotFound } from './problem.ts';
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
  const definition = readDefinition(parts, userId, body);
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

/** Changes what is given. When that changes its times, its next slot is the first of the new ones after now. */
export async function changeSchedule(
  parts: JobServiceParts,
  { userId, ref, changes }: ScheduleRef & { changes: UpdateSchedule },
): Promise<ScheduleRow> {
  return await retryTransient(() =>
    parts.database.transaction(async (tx) => {
      const before = await lockSchedule(tx, { userId, ref });
      if (!before) throw scheduleNotFound(ref);
      const definition = readDefinition(parts, userId, merge(before, changes));
      const after = { ...before, ...definition };
      const nextAt = hasOtherTimes(before, after) ? nextOf(after, await readClock(tx)) : before.nextAt;
      const changed = await updateSchedule(tx, { ...after, nextAt });
      if (!changed) throw nameTaken(definition.name);
      return changed;
    }),
  );
}

function readDefinition(parts: JobServiceParts, userId: string, body: CreateScheduleBody): ScheduleDefinition {
  const { name, type, payload = null, catchUp = 'latest', onOverlap = 'skip', ...rest } = body;
  if (isUuid(name)) throw invalid([{ path: '/name', message: 'must not have the form of an id' }]);
  const { cron, every, timezone, dstGap, dstOverlap, ...options } = rest;
  const timing = readTiming({ cron, every, timezone, dstGap, dstOverlap });
  // The same members; their schema has checked their values. A body that was parsed from JSON is JSON.
  const job = { type, payload: payload as Json, jobOptions: options as ScheduleJobOptions };
  readRequest(parts, { userId, body: bodyOf(job) });
  return { name, ...job, ...timing, catchUp, onOverlap };
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
