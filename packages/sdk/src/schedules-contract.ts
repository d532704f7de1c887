// What crosses HTTP about schedules. A slot is a time at which a schedule makes a job.
import type { Duration, Json, SubmitJob } from './contract.ts';

/** What becomes of a local time that a clock set forward leaves out: it runs at the first time after the gap, or not at all. */
export const DST_GAP_POLICIES = ['after', 'skip'] as const;
/** What becomes of a local time that is left out: one of `DST_GAP_POLICIES`. */
export type DstGap = (typeof DST_GAP_POLICIES)[number];

/** What becomes of a local time that a clock set back repeats: it runs the first time, or both times. */
export const DST_OVERLAP_POLICIES = ['first', 'both'] as const;
/** What becomes of a local time that is repeated: one of `DST_OVERLAP_POLICIES`. */
export type DstOverlap = (typeof DST_OVERLAP_POLICIES)[number];

/** What becomes of slots that were missed: one job for the newest, none, or a job for each (of the last 24 hours, at most 1,000). */
export const CATCH_UP_POLICIES = ['latest', 'none', 'all'] as const;
/** What becomes of missed slots: one of `CATCH_UP_POLICIES`. */
export type CatchUp = (typeof CATCH_UP_POLICIES)[number];

/**
 * What becomes of a slot while the schedule's last job has not ended. `skip`: it is passed over. `queue`: it waits for
 * that end, one at a time. `cancel`: the last job is cancelled and the new one submitted. `allow`: it is submitted.
 */
export const OVERLAP_POLICIES = ['skip', 'queue', 'cancel', 'allow'] as const;
/** What becomes of a slot while the last job has not ended: one of `OVERLAP_POLICIES`. */
export type OnOverlap = (typeof OVERLAP_POLICIES)[number];

/** `refused`: its job could not be submitted; `detail` says why. */
export const SLOT_OUTCOMES = ['fired', 'overlap', 'missed', 'refused'] as const;
/** What became of a slot: one of `SLOT_OUTCOMES`. */
export type SlotOutcome = (typeof SLOT_OUTCOMES)[number];

/** When it runs: either `cron` or `every`. */
export interface ScheduleTiming {
  /** Five fields (minute hour day month weekday), six with seconds first, or `@hourly @daily @weekly @monthly @yearly`. */
  cron?: string;
  /** At equal distances from when the schedule was made. At least 1 s. */
  every?: Duration;
  /** IANA name, for `cron`. Default `UTC`. */
  timezone?: string;
  /** Default `after`. */
  dstGap?: DstGap;
  /** Default `first`. */
  dstOverlap?: DstOverlap;
}

/** What its jobs get, as in `POST /jobs`. */
export type ScheduleJobOptions = Omit<SubmitJob, 'type' | 'payload' | 'delay' | 'runAt'>;

/** Body of `POST /schedules`. */
export interface CreateSchedule extends ScheduleTiming, ScheduleJobOptions {
  /** Letters, digits and `. _ - :`, at most 100 characters; unique among the account's schedules. Not a UUID. */
  name: string;
  type: string;
  payload?: Json;
  /** Default `latest`. */
  catchUp?: CatchUp;
  /** Default `skip`. */
  onOverlap?: OnOverlap;
}

/** Body of `PATCH /schedules/{id}`: only what is to change. Null takes an option of its jobs back to its default. */
export type UpdateSchedule = Partial<Omit<CreateSchedule, keyof ScheduleJobOptions>> & {
  [Option in keyof ScheduleJobOptions]?: ScheduleJobOptions[Option] | null;
};

/**
 * A schedule as every route returns it; of the options of its jobs those that it was given. Times are ISO 8601 in UTC. It has
 * `cron`, read in its `timezone`, or `every`; `dstGap`, `dstOverlap`, `catchUp` and `onOverlap` are its policies. While it is
 * paused it has `pausedAt` and perhaps a `pauseReason`.
 */
export interface Schedule extends ScheduleJobOptions {
  id: string;
  name: string;
  type: string;
  payload: Json;
  cron: string | null;
  /** Milliseconds. */
  every: number | null;
  timezone: string;
  dstGap: DstGap;
  dstOverlap: DstOverlap;
  catchUp: CatchUp;
  onOverlap: OnOverlap;
  /** The next slot; null while it is paused, and when there is none within 40 years. */
  nextAt: string | null;
  /** The newest slot that made a job. */
  firedSlot: string | null;
  /** Its newest job, also one that was triggered. */
  lastJobId: string | null;
  /** The slot that waits for the end of the last job (`onOverlap: 'queue'`). */
  waitingSlot: string | null;
  pausedAt: string | null;
  pauseReason: string | null;
  createdAt: string;
  updatedAt: string;
}

/** What became (`outcome`) of the slot `at` a time, and when that was decided (`decidedAt`). */
export interface ScheduleSlot {
  at: string;
  outcome: SlotOutcome;
  /** Only of a `fired` slot. */
  jobId: string | null;
  /** Why it was refused. Of a `missed` slot that stands for all before it: since when. */
  detail: string | null;
  decidedAt: string;
}

/** Answer of `GET /schedules/{id}`. */
export interface ScheduleDetails extends Schedule {
  /** The newest 20, newest first. */
  recentSlots: ScheduleSlot[];
}

/** Body of `POST /schedules/preview`. */
export interface PreviewSchedule extends ScheduleTiming {
  /** Slots after this time (ISO 8601 with zone). Default: now. */
  from?: string;
  /** 1…100, default 10. */
  count?: number;
}

/** Answer of `POST /schedules/preview`: the `slots` to come. */
export interface SchedulePreview {
  slots: SlotPreview[];
  /** When the clocks of the zone are set between `from` and the last slot; within 400 days, at most 10. */
  clockChanges: ClockChangePreview[];
}

/** A slot that is to come, `at` a time (ISO 8601 in UTC). */
export interface SlotPreview {
  at: string;
  /** The same time as the clock of the zone shows it, with its distance from UTC. */
  local: string;
  /** What a clock change does to this slot, in a sentence. */
  note: string | null;
}

/** A change of the clocks of a zone, `at` a time (ISO 8601 in UTC), and what it does to a schedule. */
export interface ClockChangePreview {
  at: string;
  /** Distance from UTC, like `+01:00`. */
  before: string;
  /** The same from then on. */
  after: string;
  /** What it does to this schedule, in a sentence; null: nothing. */
  note: string | null;
}
