import type { KnownTypes } from '@cloudtask/core/submission/known-types';
import { readScheduledJob } from '../job-service/schedule-job.ts';
import type { JobToStore, Refusal } from '../job-service/store-in-transaction.ts';
import { decideSlots } from '../schedules/decide-slots.ts';
import { type DueSlots, dueSlots } from '../schedules/due-slots.ts';
import { timingOf } from '../schedules/timing-of.ts';
import type { DecidedSlot, TakenSchedule } from '../store/schedule-turns.ts';

/** What one turn of a schedule is to change. */
export interface TurnPlan {
  schedule: TakenSchedule;
  slots: DecidedSlot[];
  /** In the order of their slots. */
  jobs: PlannedJob[];
  waitingSlot: Date | null;
  nextAt: Date | null;
  /** Its last job, which has not ended, gives way. */
  cancels: string | null;
}

export type PlannedJob = JobToStore & { schedule: NonNullable<JobToStore['schedule']> };

export interface PlanTurn {
  types: Pick<KnownTypes, 'get'>;
  newId: () => string;
  /** Of the missed slots that `all` makes up for, at most so many. */
  most: number;
  /** Every job of the turn is refused with this. */
  refusal?: Refusal | undefined;
}

/** Decides a turn. Pure but for the ids. */
export function planTurn(schedule: TakenSchedule, { types, newId, most, refusal }: PlanTurn): TurnPlan {
  const { now, lastJobId } = schedule;
  const due = dueOf(schedule, most);
  const { slots, waitingSlot, cancelsLastJob } = decideSlots({ ...schedule, ...due });
  const read =
    refusal === undefined ? readScheduledJob(schedule, types.get(schedule.type), now.getTime()) : { refusal };
  const jobs: PlannedJob[] = [];
  const decided = slots.map(({ slot, outcome, detail = null }): DecidedSlot => {
    const about = { scheduleId: schedule.id, slot, jobId: null, detail };
    if (outcome !== 'fired') return { ...about, outcome };
    if ('refusal' in read) return { ...about, outcome: 'refused', detail: detailOf(read.refusal) };
    const jobId = newId();
    // Which slot was before it is known when the others are stored.
    const from = { id: schedule.id, slot: slot.toISOString(), previousSlot: null };
    jobs.push({ ...read.request, id: jobId, hinted: false, schedule: from });
    return { ...about, outcome, jobId };
  });
  const cancels = cancelsLastJob && jobs.length > 0 ? lastJobId : null;
  return { schedule, slots: decided, jobs, waitingSlot, nextAt: due.nextAt, cancels };
}

function dueOf(schedule: TakenSchedule, most: number): DueSlots {
  const { nextAt, now, resumedAt, catchUp } = schedule;
  // Its turn has come for the slot that waits.
  if (nextAt === null || nextAt > now) return { passedOver: null, missed: [], onTime: [], nextAt };
  return dueSlots(timingOf(schedule), { nextAt, now, resumedAt, catchUp, most });
}

/** As it is kept at the slot. */
export function detailOf({ code, message }: Refusal): string {
  return `${code}: ${message}`;
}
