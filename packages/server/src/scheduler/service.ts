import { randomUUID } from 'node:crypto';
import type { Broker } from '@cloudtask/core/broker/broker';
import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import type { Logger } from '@cloudtask/core/logger';
import { type Loop, type LoopAnswer, repeat } from '@cloudtask/core/loop';
import type { Registry } from '@cloudtask/core/metrics';
import type { Retention } from '@cloudtask/core/protocol/prune-jobs';
import type { Signals } from '@cloudtask/core/signals/signals';
import { openKnownTypes } from '../job-service/known-types.ts';
import { backlogMetrics } from './backlog-metrics.ts';
import { backlogDispatch } from './dispatch-backlog.ts';
import { scheduleFiring } from './fire-schedules.ts';
import { schedulerMetrics } from './metrics.ts';
import { pruneExpired } from './prune-expired.ts';
import { pruneFinished } from './prune-finished.ts';
import { publishDue } from './publish-due.ts';
import { deadWorkerRescue, rescueForgottenJobs } from './rescue-dead-workers.ts';
import { rescueLostHints } from './rescue-lost-hints.ts';
import { runActions } from './run-actions.ts';

export interface SchedulerDeps {
  database: Database;
  broker: Broker;
  signals: Signals;
  clock: Clock;
  logger: Logger;
  registry: Registry;
  /** After this long a waiting job overtakes newer ones of the next higher priority. */
  ageingMs: number;
  retention: Retention;
}

export interface Scheduler {
  /** True while every duty has ended well lately. */
  readonly ticking: boolean;
  /** Looks now at what is due, not only in its next round: for whoever has just moved the time. */
  lookNow(): void;
  /** Closing twice is fine. */
  close(): Promise<void>;
}

/**
 * The duties that nobody waits for: due times, schedules, the backlog, lost hints, dead workers, actions on many jobs.
 * There is no leader; any number of replicas may run, and each round is safe to repeat and to crash in.
 */
export async function startScheduler(deps: SchedulerDeps): Promise<Scheduler> {
  const { clock, signals, logger } = deps;
  const holder = randomUUID();
  const metrics = schedulerMetrics(deps.registry);
  const lastTick = new Map<string, number>();
  backlogMetrics(deps.registry, deps);

  function ticked(name: string): void {
    const now = clock.now();
    lastTick.set(name, now);
    metrics.lastTick.set({ duty: name }, now / 1000);
  }

  function duty(name: string, everyMs: number, runOnce: () => Promise<LoopAnswer>): Loop {
    // From the start: a duty that never once ends well must not be missing where somebody looks for old ones.
    ticked(name);
    metrics.failures.inc({ duty: name }, 0);
    return repeat({
      name,
      everyMs,
      logger,
      runOnce: async () => {
        try {
          const answer = await runOnce();
          ticked(name);
          return answer;
        } catch (error) {
          metrics.failures.inc({ duty: name });
          throw error;
        }
      },
    });
  }

  const dispatch = duty('dispatch-backlog', 250, backlogDispatch({ ...deps, holder, publishes: metrics.publishes }));
  const types = await openKnownTypes(deps);
  const backlog = await signals.listen('backlog', () => dispatch.poke());
  const loops = [
    dispatch,
    duty('publish-due', 250, () => publishDue(deps)),
    duty(
      'fire-schedules',
      500,
      scheduleFiring({ ...deps, types, slots: metrics.slots, jobsCreated: metrics.jobsCreated }),
    ),
    duty('rescue-lost-hints', 5_000, () => rescueLostHints({ ...deps, holder })),
    duty('rescue-forgotten-jobs', 30_000, () => rescueForgottenJobs(deps)),
    duty('run-actions', 500, () => runActions({ ...deps, holder })),
    duty('prune-expired', 60_000, () => pruneExpired(deps)),
    duty('prune-finished', 60_000, () => pruneFinished({ ...deps, holder })),
  ];
  // Embedded there is one process: its workers cannot die alone, and the lock on its directory proves that the
  // workers of an earlier process are gone (`embedded.ts` rescues their jobs before anything else starts).
  if (deps.database.shared) {
    loops.push(duty('rescue-dead-workers', 500, deadWorkerRescue({ ...deps, lostLeases: metrics.lostLeases })));
  }

  let closing: Promise<void> | undefined;
  async function close(): Promise<void> {
    await backlog.close();
    await Promise.all([...loops, types].map((each) => each.close()));
  }

  return {
    lookNow() {
      for (const loop of loops) loop.poke();
    },
    get ticking() {
      return [...lastTick.values()].every((at) => clock.now() - at < STALLED_MS);
    },
    close: () => (closing ??= close()),
  };
}

/** The slowest duty comes once a minute. */
const STALLED_MS = 90_000;
