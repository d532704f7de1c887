import type { CloudTask, Schedule } from '@cloudtask/sdk';
import { answerOne } from '../output/answer.ts';
import type { Output } from '../output/output.ts';
import { mark } from '../views/mark.ts';
import { printable } from '../views/printable.ts';
import { scheduleKind } from '../views/schedule-kind.ts';
import { zonedTime } from '../views/time.ts';

/** A schedule after a change: its id for a pipe, and for people when it comes next. */
export async function showSchedule(
  { ct, out }: { ct: CloudTask; out: Output },
  schedule: Schedule,
  done: string,
): Promise<void> {
  if (out.mode === 'plain') out.answer(schedule.id);
  else if (out.mode !== 'human') answerOne(out, schedule, scheduleKind);
  else {
    const { style, look } = out;
    out.answer(
      `${mark('ok', { style, unicode: look.unicode })} ${printable(schedule.name)} ${done}${await nextText(ct, schedule)}`,
    );
  }
}

async function nextText(ct: CloudTask, schedule: Schedule): Promise<string> {
  const { cron, every, timezone, dstGap, dstOverlap, nextAt, pausedAt } = schedule;
  if (pausedAt !== null || nextAt === null) return '';
  if (cron === null) return every === null ? '' : `   next: ${nextAt}`;
  const { slots } = await ct.schedules.preview({ cron, timezone, dstGap, dstOverlap, count: 3 });
  return `   next: ${slots.map(({ local }) => zonedTime(local)).join(', then ')}`;
}
