import { setTimeout as pause } from 'node:timers/promises';
import type { DatabaseClock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { moveClock } from '@cloudtask/core/database/moved-clock';
import type { Scheduler } from './scheduler/service.ts';
import { type NextTimer, readNextTimer } from './store/next-timer.ts';

export interface EmbeddedTimeDeps {
  database: Database;
  clock: DatabaseClock;
  scheduler: Pick<Scheduler, 'lookNow'>;
}

/**
 * Moves the platform's time on to the next retry, delayed job or slot of a schedule, and answers what that is; undefined when
 * nothing waits for a time. One after the other: whoever asks twice goes on by two.
 */
export function timeSkipper({ database, clock, scheduler }: EmbeddedTimeDeps): () => Promise<NextTimer | undefined> {
  let last: Promise<unknown> = Promise.resolve();

  async function skip(): Promise<NextTimer | undefined> {
    const next = await readNextTimer(database);
    if (!next) return undefined;
    if (next.byMs > 0) {
      await moveClock(database, next.byMs);
      await clock.measure();
    }
    scheduler.lookNow();
    await taken();
    return next;
  }

  /** Until nothing is due any more. What somebody holds up is not waited for. */
  async function taken(): Promise<void> {
    const deadline = performance.now() + PATIENCE_MS;
    while ((await readNextTimer(database))?.byMs === 0 && performance.now() < deadline) await pause(LOOK_EACH_MS);
  }

  return () => {
    const skipped = last.then(skip);
    last = skipped.catch(() => {});
    return skipped;
  };
}

const PATIENCE_MS = 2_000;
const LOOK_EACH_MS = 20;
