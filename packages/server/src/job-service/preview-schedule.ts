import type { Clock } from '@cloudtask/core/clock';
import { invalid } from '@cloudtask/core/submission/input-refused';
import { parseTime } from '@cloudtask/core/submission/strict-time';
import type { SchedulePreview } from '@cloudtask/sdk/schedules-contract';
import { previewSlots } from '../schedules/preview-slots.ts';
import { timingOf } from '../schedules/timing-of.ts';
import { neverRuns, readTiming } from './schedule-timing.ts';
import type { PreviewScheduleBody } from './schemas/schedule-schema.ts';

/** The next slots of a timing, without a schedule. `every` is counted from the time from which they are asked for. */
export function previewSchedule({ clock }: { clock: Clock }, body: PreviewScheduleBody): SchedulePreview {
  const { from: fromText, count = 10, ...asked } = body;
  const timing = readTiming(asked);
  const from = fromText === undefined ? new Date(clock.now()) : parseTime(fromText, clock.now());
  if (typeof from === 'string') throw invalid([{ path: '/from', message: from }]);
  const preview = previewSlots(timingOf({ ...timing, createdAt: from }), { timezone: timing.timezone, from, count });
  if (preview.slots.length === 0) throw neverRuns();
  return preview;
}
