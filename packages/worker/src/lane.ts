import type { Attempt } from './attempt.ts';
import type { AttemptEnd } from './attempt-end.ts';
import { Intake, type IntakeDeps } from './intake.ts';
import { type QueueSettings, readQueue } from './queue-slots.ts';
import { RunningJobs, type RunningJobsOptions } from './running-jobs.ts';

/** Queues that share slots of this worker. */
export interface LaneOptions {
  queues: readonly string[];
  slots: number;
}

export type LaneDeps = Omit<IntakeDeps, 'running' | 'queues'> & Omit<RunningJobsOptions, 'slots'>;

/** Some queues, the slots that they share, and what runs in them: full or not, it takes no slot from other lanes. */
export class Lane {
  readonly running: RunningJobs;
  readonly intake: Intake;

  constructor({ queues, slots }: LaneOptions, deps: LaneDeps) {
    this.running = new RunningJobs({
      ...deps,
      slots,
      onEnd: (attempt: Attempt, end: AttemptEnd | undefined, now: number) => {
        deps.onEnd(attempt, end, now);
        this.intake.slotFreed(now);
      },
    });
    this.intake = new Intake({ ...deps, queues, running: this.running });
  }
}

/** One lane per queue that has slots of its own, written `name:slots`, and one for all others. */
export function lanesOf({ queues, concurrency }: QueueSettings): LaneOptions[] {
  const lanes: LaneOptions[] = [];
  const sharing: string[] = [];
  for (const { queue, slots } of queues.map(readQueue)) {
    if (slots === 0) sharing.push(queue);
    else lanes.push({ queues: [queue], slots });
  }
  return sharing.length > 0 ? [{ queues: sharing, slots: concurrency }, ...lanes] : lanes;
}
