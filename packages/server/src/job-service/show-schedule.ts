import type { Schedule, ScheduleSlot } from '@cloudtask/sdk/schedules-contract';
import type { ScheduleRow, SlotRow } from '../store/schedules.ts';

/** The row as the API shows it. */
export function showSchedule(row: ScheduleRow): Schedule {
  const { id, name, type, payload, cron, timezone, dstGap, dstOverlap, catchUp, onOverlap } = row;
  return {
    id,
    name,
    type,
    payload,
    cron,
    every: row.everyMs,
    timezone,
    dstGap,
    dstOverlap,
    catchUp,
    onOverlap,
    ...row.jobOptions,
    nextAt: row.pausedAt === null ? iso(row.nextAt) : null,
    firedSlot: iso(row.firedSlot),
    lastJobId: row.lastJobId,
    waitingSlot: iso(row.waitingSlot),
    pausedAt: iso(row.pausedAt),
    pauseReason: row.pauseReason,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  };
}

export function showSlot({ slot, outcome, jobId, detail, decidedAt }: SlotRow): ScheduleSlot {
  return { at: slot.toISOString(), outcome, jobId, detail, decidedAt: decidedAt.toISOString() };
}

function iso(time: Date | null): string | null {
  return time === null ? null : time.toISOString();
}
