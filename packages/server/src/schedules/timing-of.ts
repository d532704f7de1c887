import type { DstGap, DstOverlap } from '@cloudtask/sdk/schedules-contract';
import type { Timing } from './timing.ts';

/** What is stored of when a schedule runs. */
export interface StoredTiming {
  cron: string | null;
  everyMs: number | null;
  timezone: string;
  dstGap: DstGap;
  dstOverlap: DstOverlap;
  createdAt: Date;
}

export function timingOf({ cron, everyMs, timezone, dstGap, dstOverlap, createdAt }: StoredTiming): Timing {
  if (cron !== null) return { kind: 'cron', cron, timezone, dstGap, dstOverlap };
  if (everyMs === null) throw new Error('a schedule has neither cron nor every, which its table forbids');
  return { kind: 'every', everyMs, anchor: createdAt };
}
