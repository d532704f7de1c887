import type { SlotLane } from '@cloudtask/core/protocol/live-workers';
import type { Attempt } from './attempt.ts';
import type { AttemptEnd } from './attempt-end.ts';
import { Intake, type IntakeDeps } from './intake.ts';
import { RunningJobs, type RunningJobsOptions } from './running-jobs.ts';

export type LaneDeps = Omit<IntakeDeps, 'running' | 'queues'> & Omit<RunningJobsOptions, 'slots'>;

/** Some queues, the slots that they share, and what runs in them: full or not, it takes no slot from other lanes. */
export class Lane {
  readonly running: RunningJobs;
  readonly intake: Intake;

  /** `pumpOthers`: the room that a job leaves for its type is the room of all lanes. */
  constructor({ queues, slots }: SlotLane, deps: LaneDeps, pumpOthers: () => void) {
    this.running = new RunningJobs({
      ...deps,
      slots,
      onEnd: (attempt: Attempt, end: AttemptEnd | undefined, now: number) => {
        deps.onEnd(attempt, end, now);
        deps.limits.give(attempt.job.type, now - attempt.startedAt);
        // Before this one, which would else keep the room to itself for as long as it has such jobs.
        if (!deps.limits.areNone) pumpOthers();
        this.intake.slotFreed(now);
      },
    });
    this.intake = new Intake({ ...deps, queues, running: this.running });
  }
}
