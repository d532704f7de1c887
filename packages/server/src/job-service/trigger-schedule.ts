import type { Queryable } from '@cloudtask/core/database/database';
import { retryTransient } from '@cloudtask/core/database/retry';
import { newId } from '@cloudtask/core/ids';
import { cancelJob } from '@cloudtask/core/protocol/cancel';
import { readClock } from '@cloudtask/core/protocol/read-clock';
import { isFinal, type Job } from '@cloudtask/sdk/contract';
import { announceMoves, type Move } from '../announce-moves.ts';
import { readOwnedStates } from '../store/job-queries.ts';
import { toJob } from '../store/job-row.ts';
import { lockSchedule, type ScheduleRef, type ScheduleRow, setLastJob } from '../store/schedules.ts';
import { readRequest } from './accept-job.ts';
import type { JobServiceParts } from './parts.ts';
import { ApiProblem, jobNotFound, scheduleNotFound } from './problem.ts';
import { bodyOf } from './schedule-job.ts';
import { type JobToStore, storeInTransaction } from './store-in-transaction.ts';

/**
 * A job of the schedule now, beside its slots. `onOverlap` holds for it too: nobody who said that two jobs must not run
 * at once gets two. It then counts as the last job.
 */
export async function triggerSchedule(parts: JobServiceParts, { userId, ref }: ScheduleRef): Promise<Job> {
  const { database, clock, signals, settings, reader } = parts;
  const { job, moves } = await retryTransient(() =>
    database.transaction(async (tx) => {
      const schedule = await lockSchedule(tx, { userId, ref });
      if (!schedule) throw scheduleNotFound(ref);
      const request = readRequest(parts, { userId, body: bodyOf(schedule) });
      const cancelled = await makeWay(tx, schedule);
      const slot = (await readClock(tx)).toISOString();
      const from = { id: schedule.id, slot, previousSlot: schedule.firedSlot?.toISOString() ?? null };
      const made: JobToStore = { ...request, id: newId(clock), hinted: false, schedule: from };
      const { refusals, replaced } = await storeInTransaction(tx, [made], settings.priorityAgeing);
      for (const { code, message } of refusals.values()) throw new ApiProblem(code, message);
      await setLastJob(tx, schedule.id, made.id);
      return {
        job: made,
        moves: [...cancelled, ...replaced.map((each) => ({ ...each, answer: 'cancelled' as const }))],
      };
    }),
  );
  announceMoves(signals, moves);
  signals.ring('jobs', [{ id: job.id, userId }]);
  signals.ring('backlog', [{ id: job.queue }]);
  const row = await reader.read({ userId, id: job.id });
  if (!row) throw jobNotFound(job.id);
  return toJob(row);
}

/** What its last job, which may still be there, means for a new one. */
async function makeWay(tx: Queryable, { userId, name, lastJobId, onOverlap }: ScheduleRow): Promise<Move[]> {
  if (lastJobId === null || onOverlap === 'allow') return [];
  const [last] = await readOwnedStates(tx, [{ userId, id: lastJobId }]);
  if (!last || isFinal(last.status)) return [];
  if (onOverlap !== 'cancel') {
    const detail = `Its last job ${lastJobId} is ${last.status}, and onOverlap is ${onOverlap}.`;
    throw new ApiProblem('SCHEDULE_OVERLAP', detail);
  }
  const reason = `the schedule ${name} was triggered`;
  return [{ id: lastJobId, userId, answer: await cancelJob(tx, { id: lastJobId, userId, reason }) }];
}
