import type { DstGap, DstOverlap } from '@cloudtask/sdk/schedules-contract';

/** When a schedule runs: by the calendar of a zone, or at equal distances from when it was made. */
export type Timing = CronTiming | EveryTiming;

export interface CronTiming {
  kind: 'cron';
  cron: string;
  timezone: string;
  /** What becomes of a local time that a clock set forward leaves out. */
  dstGap: DstGap;
  /** What becomes of a local time that a clock set back repeats. */
  dstOverlap: DstOverlap;
}

export interface EveryTiming {
  kind: 'every';
  everyMs: number;
  /** The slots are at this time plus 1, 2, 3 … times `everyMs`. */
  anchor: Date;
}
