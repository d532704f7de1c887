import { randomUUID } from 'node:crypto';
import { nextTimer } from '@cloudtask/core/protocol/fire-timers';
import { openKnownTypes } from '@cloudtask/core/submission/known-types';
import { nextAction } from '../store/job-actions.ts';
import { nextTurnIn } from '../store/schedule-turns.ts';
import { backlogDispatch } from './dispatch-backlog.ts';
import { scheduleFiring } from './fire-schedules.ts';
import { schedulerMetrics } from './metrics.ts';
import { publishDue } from './publish-due.ts';
import { runActions } from './run-actions.ts';
import type { SchedulerDeps } from './service.ts';

/**
 * What a scheduler does when something is due, done when it is asked for: for programs that move time themselves and
 * cannot wait until a loop comes round. Nothing gets lost there that the other duties would have to find.
 */
export interface DueWork {
  /** Fires what is due now, and offers what can be run to the workers. */
  run(): Promise<void>;
  /** When a timer, a schedule or a step of an action is due next, in milliseconds; undefined when nothing waits for a time. */
  nextIn(): Promise<number | undefined>;
  /** Closing twice is fine. */
  close(): Promise<void>;
}

export type DueWorkDeps = Omit<SchedulerDeps, 'retention'>;

export async function openDueWork(deps: DueWorkDeps): Promise<DueWork> {
  const { database } = deps;
  const holder = randomUUID();
  const { slots, jobsCreated, publishes } = schedulerMetrics(deps.registry);
  const types = await openKnownTypes(deps);
  const fireSchedules = scheduleFiring({ ...deps, types, slots, jobsCreated });
  const dispatch = backlogDispatch({ ...deps, holder, publishes });

  return {
    async run() {
      while ((await publishDue(deps)).inMs === 0);
      while ((await fireSchedules()).inMs === 0);
      while (hasMore(await runActions({ ...deps, holder })));
      while ((await dispatch()).again);
    },
    async nextIn() {
      const next = await Promise.all([nextTimer(database), nextTurnIn(database, []), nextAction(database)]);
      const [timer, turnInMs, action] = next;
      const waits = [timer?.inMs, turnInMs, action?.inMs].filter((inMs) => inMs !== undefined);
      return waits.length === 0 ? undefined : Math.ceil(Math.min(...waits));
    },
    close: () => types.close(),
  };
}

function hasMore(answer: Awaited<ReturnType<typeof runActions>>): boolean {
  return answer !== undefined && 'again' in answer && answer.again;
}
