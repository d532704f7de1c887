import type { Clock } from '@cloudtask/core/clock';
import type { Database } from '@cloudtask/core/database/database';
import { firstIdAt, timeOfId } from '@cloudtask/core/ids';
import { readLiveWorkers, totalSlots } from '@cloudtask/core/protocol/live-workers';
import type { Stats } from '@cloudtask/sdk/contract';
import { readStats, type StatsRow } from '../store/stats.ts';
import { COUNTED_AT_MOST } from '../store/waiting.ts';

const RATE_OVER_MS = 10_000;

export async function platformStats({ database, clock }: { database: Database; clock: Clock }): Promise<Stats> {
  const nowMs = clock.now();
  const [row, live] = await Promise.all([
    readStats(database, firstIdAt(new Date(nowMs - RATE_OVER_MS))),
    readLiveWorkers(database),
  ]);
  const slots = live.reduce((sum, worker) => sum + totalSlots(worker), 0);
  const busy = live.reduce((sum, worker) => sum + worker.busy, 0);
  return {
    jobs: { waiting: row.waiting, running: busy, scheduled: row.scheduled, retrying: row.retrying },
    lastHour: { failed: row.failed },
    workers: { live: live.length, slots, busy },
    throughput: { submittedPerSecond: Math.round(submittedPerMs(row, nowMs) * 10_000) / 10 },
  };
}

/** When so many were submitted that the count ended, they took less than the whole time. */
function submittedPerMs({ submitted, oldestSubmitted }: StatsRow, nowMs: number): number {
  if (submitted < COUNTED_AT_MOST || oldestSubmitted === null) return submitted / RATE_OVER_MS;
  return submitted / Math.max(1, nowMs - timeOfId(oldestSubmitted).getTime());
}
